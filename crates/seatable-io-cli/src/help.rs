//! The words of `--help` that are not about a single option; each heading becomes a section of the manual.

pub(crate) const AFTER: &str = "\
Exit status:
    0  all done
    1  local problem: cannot read or write, or an unusable answer
    2  wrong usage
    3  token rejected, or permission denied
    4  base, workspace or task not found
    5  rejected by the server, or the file is damaged or not a base
    6  the task failed on the server
    7  timed out
    8  outcome unknown: an import may or may not have happened
    9  server unavailable after all retries, or its certificate is not trusted
   10  done, but a person should look: the server did not say what the account administers
  129  stopped by SIGHUP
  130  stopped by Ctrl-C
  143  stopped by SIGTERM

Environment:
  SEATABLE_SERVER  URL of the server, unless --server is given
  SEATABLE_TOKEN   token of the account (not the API token of one base), unless --token-file is given; never an argument, since other users could read it
  HTTPS_PROXY      proxy for https; HTTP_PROXY is for http, ALL_PROXY for both
  NO_PROXY         host names, addresses and networks to reach without a proxy";

pub(crate) const EXAMPLES: &str = "\
Examples:
  export SEATABLE_SERVER=https://cloud.seatable.io SEATABLE_TOKEN=...
  seatable-io export Sales Projects --workspace 7 --output-dir backup
  seatable-io import backup/Sales.dtable --workspace 8
  seatable-io backup /var/backups/seatable
  seatable-io demo";

pub(crate) const SERVER: &str = "URL of the server, including its path prefix, if any [default: $SEATABLE_SERVER, or \
     https://cloud.seatable.io]";

pub(crate) const TOKEN_FILE: &str =
    "File with the token of the account; `-` is standard input [default: the token in $SEATABLE_TOKEN]";
