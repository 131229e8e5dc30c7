//! Exports a base into an object store. With the token of the account in the variable `SEATABLE_TOKEN`, and the credentials of S3 in
//! those of AWS (`AWS_ACCESS_KEY_ID` and others):
//!
//! ```sh
//! cargo run -p object-store -- https://cloud.seatable.io/ 1 stock s3://backups/stock.dtable
//! cargo run -p object-store -- https://cloud.seatable.io/ 1 stock file:///var/backups/stock.dtable
//! ```
//!
//! An existing object is not replaced.

use std::env;

use anyhow::{Result, anyhow, bail};
use object_sink::ObjectSink;
use object_store::parse_url_opts;
use seatable_io_hyper::{Client, Config, Server, Token};
use url::Url;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [server, workspace, base, url] = &arguments[..] else {
        bail!("usage: object-store SERVER WORKSPACE BASE URL");
    };
    let server = Server::new(
        server,
        Token::new(&env::var("SEATABLE_TOKEN").map_err(|_| anyhow!("SEATABLE_TOKEN contains no token"))?)?,
    )?;
    // Only one of a process may install it.
    let _ = rustls::crypto::ring::default_provider().install_default();

    let copies = ("aws_copy_if_not_exists".to_owned(), "multipart".to_owned());
    let (store, object) = parse_url_opts(&Url::parse(url)?, env::vars().chain([copies]))?;
    let sink = ObjectSink::create_new(store.into(), object);

    let client = Client::new(Config::default())?;
    let exported = client.export(&server, workspace.parse()?, base).sink(sink).run().await?;
    println!("{url}: {} bytes", exported.bytes);
    Ok(())
}
