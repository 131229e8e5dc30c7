use super::*;

fn rules(variables: &[(&str, &str)]) -> Result<ProxyRules, Error> {
    ProxyRules::from_variables(|name| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| OsString::from(value))
    })
}

fn proxy_for(variables: &[(&str, &str)], server: &str) -> String {
    let rules = rules(variables).unwrap();
    let proxy = rules.route(&server.parse().unwrap()).proxy();
    proxy.map(|proxy| proxy.uri().to_string()).unwrap_or_default()
}

const BOTH: [(&str, &str); 2] = [("HTTPS_PROXY", "http://s:1"), ("HTTP_PROXY", "http://p:2")];

#[test]
fn each_scheme_has_its_variable_and_all_proxy_is_for_both() {
    assert_eq!(proxy_for(&BOTH, "https://a.example"), "http://s:1/");
    assert_eq!(proxy_for(&BOTH, "http://a.example"), "http://p:2/");
    assert_eq!(proxy_for(&BOTH[..1], "http://a.example"), "");
    assert_eq!(proxy_for(&BOTH[1..], "https://a.example"), "");
    assert_eq!(proxy_for(&[BOTH[0], ("ALL_PROXY", "a:3")], "http://a.example"), "http://a:3/");
    assert_eq!(proxy_for(&[BOTH[0], ("ALL_PROXY", "a:3")], "https://a.example"), "http://s:1/");
    assert_eq!(proxy_for(&[BOTH[1], ("ALL_PROXY", "a:3")], "http://a.example"), "http://p:2/");
    assert_eq!(proxy_for(&[BOTH[1], ("ALL_PROXY", "a:3")], "https://a.example"), "http://a:3/");
}

#[test]
fn one_proxy_can_be_for_all_servers_but_loopback() {
    let rules = ProxyRules::all("p:3").unwrap();
    let has_proxy = |server: &str| rules.route(&server.parse().unwrap()) != ProxyRoute::Direct;
    assert!(has_proxy("http://a.example") && has_proxy("https://a.example"));
    assert!(!has_proxy("http://localhost") && !has_proxy("https://localhost"));
}

#[test]
fn names_in_lower_case_count_and_empty_variables_do_not() {
    assert_eq!(proxy_for(&[("https_proxy", "s:1")], "https://a.example"), "http://s:1/");
    let both = [("https_proxy", "l:1"), ("HTTPS_PROXY", "u:2")];
    assert_eq!(proxy_for(&both, "https://a.example"), "http://u:2/");
    assert_eq!(proxy_for(&[("HTTPS_PROXY", " "), ("all_proxy", "a:3")], "https://a.example"), "http://a:3/");
}

#[test]
fn loopback_never_has_a_proxy() {
    for host in ["localhost", "LocalHost:8000", "localhost.", "127.8.9.10", "[::1]:80", "[::ffff:127.0.0.1]"]
    {
        for scheme in ["http", "https"] {
            assert_eq!(proxy_for(&[("ALL_PROXY", "a:3")], &format!("{scheme}://{host}/")), "", "{host}");
        }
    }
    assert_ne!(proxy_for(&[("ALL_PROXY", "a:3")], "http://localhost.example"), "");
}

#[test]
fn no_proxy_names_domains_addresses_and_networks() {
    let no = "a.example, .b.example *.c.example,10.0.0.0/8 192.168.1.7 , fd00::/8,[2001:db8::1]";
    let variables = [("ALL_PROXY", "p:3"), ("no_proxy", no)];
    for host in ["a.example", "x.A.example", "b.example", "x.b.example", "x.c.example", "a.example."] {
        assert_eq!(proxy_for(&variables, &format!("https://{host}/")), "", "{host}");
    }
    for host in ["10.255.0.1", "192.168.1.7", "[fdff::1]", "[2001:db8::1]:444"] {
        assert_eq!(proxy_for(&variables, &format!("https://{host}/")), "", "{host}");
    }
    for host in ["xa.example", "example", "11.0.0.1", "192.168.1.8", "[fe00::1]", "10.0.0.1.example"] {
        assert_eq!(proxy_for(&variables, &format!("https://{host}/")), "http://p:3/", "{host}");
    }
}

#[test]
fn no_proxy_can_name_everything() {
    for no in ["*", "0.0.0.0/0"] {
        assert_eq!(proxy_for(&[("ALL_PROXY", "p:3"), ("NO_PROXY", no)], "http://9.9.9.9"), "", "{no}");
    }
}

#[test]
fn a_proxy_has_a_scheme_a_port_and_credentials() {
    for (text, uri) in [
        ("proxy", "http://proxy/"),
        ("HTTPS://proxy:8443/", "https://proxy:8443/"),
        ("socks://[::1]:1080", "socks5://[::1]:1080/"),
        ("socks5h://proxy", "socks5h://proxy/"),
    ] {
        assert_eq!(Proxy::parse(text).unwrap().uri(), uri);
    }
    let proxy = Proxy::parse("http://Aladdin:open%20sesame%40@proxy:3128").unwrap();
    assert_eq!(
        (proxy.uri().port_u16(), proxy.credentials()),
        (Some(3128), Some(("Aladdin", "open sesame@")))
    );
    let odd = Proxy::parse("a%40b:c:d@e@proxy").unwrap();
    assert_eq!((odd.uri().host(), odd.credentials()), (Some("proxy"), Some(("a@b", "c:d@e"))));
    assert_eq!(proxy.basic_auth().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZUA=");
    assert!(!format!("{proxy:?} {:?}", proxy.basic_auth()).contains("sesame"));
}

#[test]
fn a_setting_that_cannot_be_read_is_an_error_without_its_value() {
    let bad =
        ["ftp://geheim", "http://", "http://:80", "a:99999", "a:b", "geheim host", "u:%ff@a", "http://a:"];
    for variable in ["HTTPS_PROXY", "HTTP_PROXY", "all_proxy"] {
        for value in bad {
            let error = rules(&[(variable, value)]).unwrap_err().to_string();
            let name = variable.to_ascii_uppercase();
            assert!(error.contains(&name) && !error.contains("geheim"), "{variable}={value}: {error}");
        }
    }
    for value in ["10.0.0.0/33", "10.0.0/8", "a/b", "."] {
        assert!(rules(&[("NO_PROXY", value)]).is_err(), "{value}");
    }
}

#[cfg(unix)]
#[test]
fn a_setting_that_is_not_text_is_an_error() {
    use std::os::unix::ffi::OsStringExt;
    let variable = |name: &str| (name == "HTTP_PROXY").then(|| OsString::from_vec(vec![b'a', 0xff]));
    assert!(matches!(ProxyRules::from_variables(variable), Err(Error::Config(_))));
}

#[test]
fn the_credentials_of_a_proxy_are_secrets_in_every_form_that_it_may_repeat() {
    let proxy = Proxy::parse("http://Ala%64din:open%20sesame%40@proxy").unwrap();
    let hide = |text: &str| proxy.secrets().hide(text);
    assert_eq!(hide("Aladdin, open sesame@"), "***, ***");
    assert_eq!(hide("http://Ala%64din:open%20sesame%40@proxy"), "http://***@proxy");
    assert_eq!(hide("Basic QWxhZGRpbjpvcGVuIHNlc2FtZUA= is wrong"), "Basic *** is wrong");
    assert_eq!(hide("Aladin, open sesam, proxy"), "Aladin, open sesam, proxy");
    assert_eq!(Proxy::parse("a:b@proxy").unwrap().secrets().hide("Basic YTpi"), "B***sic ***");
    assert!(Proxy::parse("proxy").unwrap().secrets().is_empty());
    assert!(!format!("{:?}", proxy.secrets()).contains("sesame"));
}

#[test]
fn a_route_depends_on_the_proxy_and_on_the_server() {
    for (proxy, http, https) in [
        ("http://p", "Forward", "Tunnel"),
        ("https://p", "Forward", "Tunnel"),
        ("socks5://p", "Socks", "Socks"),
    ] {
        let rules = ProxyRules::all(proxy).unwrap();
        let route = |server: &str| format!("{:?}", rules.route(&server.parse().unwrap()));
        assert!(route("http://a.example").starts_with(http), "{proxy}");
        assert!(route("https://a.example").starts_with(https), "{proxy}");
        assert_eq!(route("http://127.0.0.1"), "Direct");
    }
}
