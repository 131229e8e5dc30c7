//! The completions, in the shells themselves. The test of a missing shell is reported as skipped.

use super::*;

/// The completions of bash at the end of `$1`; files if it has none.
const BASH: &str = r#"
    source ./script
    words=($1); [[ $1 == *" " ]] && words+=("")
    last=$((${#words[@]} - 1))
    function=$(complete -p seatable-io | sed 's/.*-F \([^ ]*\).*/\1/')
    COMP_WORDS=("${words[@]}") COMP_CWORD=$last
    "$function" seatable-io "${words[last]}" "${words[last - 1]}" 2>/dev/null
    [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "${words[last]}"))
    printf '+%s\n' "${COMPREPLY[@]}""#;

const ZSH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/command/capture.zsh");

const FISH: &str =
    r"source ./script; complete -C $argv[1] | string replace -r '\t.*' '' | string replace -r '^' +";

fn offers(shell: &str, line: &str) -> Option<Vec<String>> {
    let dir = TempDir::new().unwrap();
    let script = bare(&["completions", shell]).output().unwrap().stdout;
    for file in ["script", "_seatable-io"] {
        fs::write(dir.path().join(file), &script).unwrap();
    }
    fs::write(dir.path().join("afile"), "").unwrap();
    fs::create_dir(dir.path().join("folder")).unwrap();
    let mut command = Command::new(shell);
    match shell {
        "bash" => command.args(["--norc", "-c", BASH, "bash", line]),
        "zsh" => command.args(["-f", ZSH]).arg(dir.path()).arg(line),
        _ => command.args(["--no-config", "-c", FISH, line]),
    };
    let output = command.current_dir(dir.path()).env("HOME", dir.path()).stdin(Stdio::null()).output();
    if output.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return None;
    }
    let output = String::from_utf8(output.unwrap().stdout).unwrap();
    let found = output.lines().filter_map(|line| line.trim().trim_end_matches('/').strip_prefix('+'));
    let mut found: Vec<_> = found.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    found.sort();
    found.dedup();
    Some(found)
}

const ALL: [&str; 4] = ["_seatable-io", "afile", "folder", "script"];

fn completes(shell: &str) {
    // Bash itself adds files.
    let or_all = |want: &'static [&'static str]| if shell == "bash" { &ALL[..] } else { want };
    for (line, want) in [
        ("seatable-io can", &["cancel"][..]),
        ("seatable-io cancel --k", &["--kind"]),
        ("seatable-io cancel --kind ", &["export", "import"]),
        ("seatable-io sandbox --generation ", &["2020", "2021", "current"]),
        ("seatable-io export a --ca-file af", &["afile"]),
        ("seatable-io import af", &["afile"]),
        ("seatable-io import ", &ALL),
        ("seatable-io verify ", &ALL),
        ("seatable-io backup ", or_all(&["folder"])),
        ("seatable-io restore --all ", or_all(&["folder"])),
        ("seatable-io sandbox --account fol", &["folder"]),
        ("seatable-io man --output fol", &["folder"]),
        ("seatable-io status ", or_all(&[])),
        ("seatable-io completions ", &["bash", "elvish", "fish", "powershell", "zsh"]),
        ("seatable-io cancel --uuid ", &[]),
    ] {
        match offers(shell, line) {
            Some(found) => assert_eq!(found, want, "{shell}: {line}"),
            None => return eprintln!("skipped: {shell} is not installed"),
        }
    }
}

#[test]
fn bash_completes() {
    completes("bash");
}

#[test]
fn zsh_completes() {
    completes("zsh");
}

#[test]
fn fish_completes() {
    completes("fish");
}
