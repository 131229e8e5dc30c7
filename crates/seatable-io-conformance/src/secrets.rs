use crate::job::PASSWORD;

/// Returns the error of the transport that shows a secret or a URL, if one does. The secret itself is left out.
pub(crate) fn shown(failures: &[String], token: &str) -> Option<String> {
    let shows = |text: &String| [token, PASSWORD, "://", "/api/v2.1/"].iter().any(|word| text.contains(word));
    let text = failures.iter().find(|text| shows(text))?;
    let hidden = text.replace(token, "TOKEN").replace(PASSWORD, "PASSWORD");
    Some(format!("an error of the transport says: {hidden}"))
}
