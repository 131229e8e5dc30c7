use crate::Catalogue;

/// The backup folder holds copies from another server than the one that is backed up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the folder holds copies from {server}")]
#[non_exhaustive]
pub struct OtherServer {
    /// The server of the copies.
    pub server: String,
}

impl Catalogue {
    /// Checks that the last copy is from the server with this URL, or with its earlier URL `moved_from`.
    ///
    /// # Errors
    ///
    /// If the last copy is from another server.
    pub fn check_server(&self, server: &str, moved_from: Option<&str>) -> Result<(), OtherServer> {
        let Some(last) = self.copies().next_back() else { return Ok(()) };
        let is_last = |url: &str| url.trim_end_matches('/') == last.server.trim_end_matches('/');
        if is_last(server) || moved_from.is_some_and(is_last) {
            return Ok(());
        }
        Err(OtherServer { server: last.server })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{catalogue, copy};

    fn check(servers: &[&str], server: &str, moved_from: Option<&str>) -> Result<(), String> {
        let copies = (1..).zip(servers).map(|(started, server)| {
            let mut copy = copy("u", "a", started);
            (*server).clone_into(&mut copy.server);
            copy
        });
        let copies: Vec<_> = copies.collect();
        catalogue(&copies).check_server(server, moved_from).map_err(|other| other.server)
    }

    #[test]
    fn a_folder_holds_copies_of_one_server() {
        assert_eq!(check(&[], "b", None), Ok(()));
        assert_eq!(check(&["b"], "b", None), Ok(()));
        assert_eq!(check(&["a"], "b", None), Err("a".to_owned()));
    }

    #[test]
    fn a_server_with_a_new_address_is_the_same_if_its_old_one_is_given() {
        assert_eq!(check(&["a"], "b", Some("a")), Ok(()));
        assert_eq!(check(&["a/"], "b/", Some("a")), Ok(()));
        assert_eq!(check(&["a"], "b", Some("b")), Err("a".to_owned()));
        assert_eq!(check(&["a"], "b", Some("c")), Err("a".to_owned()));
        assert_eq!(check(&["a", "b"], "b", None), Ok(()), "from then on it has the new one");
        assert_eq!(check(&["a", "b"], "a", None), Err("b".to_owned()));
        assert_eq!(check(&["a", "b"], "b", Some("a")), Ok(()));
    }
}
