//! Requests of `proto` to the sandbox: the listings of each generation.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use seatable_io_proto::{Access, Endpoint, ListAdministered, ListWorkspaces, Listing, Server, Token};
use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, Share, sample_dtable};

const GENERATIONS: [Generation; 3] = [Generation::Y2020, Generation::Y2021, Generation::Current];

/// A personal workspace, a group that the account administers, one that it does not, and bases of another user.
fn account(generation: Generation) -> Sandbox {
    let mut sandbox = Sandbox::new(generation)
        .with_folder(7)
        .with_group(2, 48, "team")
        .with_membership(3, 49, "club")
        .with_group(4, 50, "nothing yet")
        .with_base(1, "own", sample_dtable(0))
        .with_base(2, "team's", sample_dtable(0))
        .with_base(3, "club's", sample_dtable(0))
        .with_shared_base(9, "shared", sample_dtable(0), Share::Base)
        .with_shared_base(9, "for the team", sample_dtable(0), Share::Group(48))
        .with_shared_base(9, "seen", sample_dtable(0), Share::View);
    let filed = sandbox.add_base(1, "filed", sample_dtable(0));
    sandbox.move_to_folder(filed, 7);
    sandbox.star(filed);
    sandbox
}

fn ask<E: Endpoint>(sandbox: &mut Sandbox, call: &E) -> E::Reply {
    let server = Server::new("http://localhost/", Token::new(sandbox.token()).expect("a token"));
    let (head, _) = call.request(&server.expect("a server")).into_parts();
    let response = sandbox.respond(Duration::from_secs(3), Request::from_parts(head, Bytes::new()));
    E::parse(response.delivered().expect("no file").expect("a response")).expect("a reply")
}

fn listed(generation: Generation) -> Listing {
    let mut sandbox = account(generation);
    let administered = ask(&mut sandbox, &ListAdministered);
    let workspaces = ask(&mut sandbox, &ListWorkspaces::after(administered.as_ref()));
    administered.unwrap_or_default().and(workspaces)
}

fn names(listing: &Listing, is_wanted: fn(Access) -> bool) -> Vec<&str> {
    let bases = listing.bases.iter().filter(|listed| is_wanted(listed.access));
    bases.map(|listed| listed.base.name.as_str()).collect()
}

#[test]
fn fact_15_every_base_that_an_account_administers_is_listed_once_in_every_generation() {
    for generation in GENERATIONS {
        let listing = listed(generation);
        let all = names(&listing, Access::is_administered);
        let early = ["filed", "own", "team's", "club's"];
        assert_eq!(all, if generation == Generation::Y2020 { &early[..] } else { &early[..3] });
        let known: Vec<_> = listing.workspaces.values().map(|name| &**name).skip(1).collect();
        assert_eq!((known, listing.not_understood), (vec!["team", "club", "nothing yet"], 0));
    }
}

#[test]
fn fact_15_shared_bases_are_listed_with_the_workspace_of_their_owner_and_views_are_not() {
    for generation in [Generation::Y2021, Generation::Current] {
        let listing = ask(&mut account(generation), &ListWorkspaces::with_bases());
        assert_eq!(names(&listing, Access::is_shared), ["for the team", "shared"]);
        let shared: Vec<_> = listing.bases.iter().filter(|listed| listed.access.is_shared()).collect();
        assert!(shared.iter().all(|listed| (listed.workspace, &*listed.workspace_name) == (9, "shared")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_may_be_longer_than_other_replies() {
    let (name, file) = ("a name of some length ".repeat(10), sample_dtable(0));
    let mut sandbox = Sandbox::new(Generation::Current).with_group(2, 48, "team");
    (0..500).for_each(|count| _ = sandbox.add_base(2, &format!("{name}{count}"), file.clone()));
    let sandbox = SandboxServer::start(sandbox).expect("a sandbox");
    let server = Token::new(&sandbox.token()).and_then(|token| Server::new(&sandbox.url(), token));
    let server = server.expect("a server");

    let client = seatable_io_hyper::Client::new(seatable_io_hyper::Config::default()).expect("a client");
    let listing = client.call(&ListWorkspaces::with_bases(), &server).await.expect("a listing");
    assert_eq!(listing.bases.len(), 500);

    let client = seatable_io_ureq::Client::new(seatable_io_ureq::Config::default()).expect("a client");
    let call = move || client.call(&ListAdministered, &server);
    let same = tokio::task::spawn_blocking(call).await.expect("a call").expect("a listing");
    assert_eq!(same.expect("the address is there").bases, listing.bases);
}
