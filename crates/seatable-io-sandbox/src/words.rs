use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

use crate::Generation;

/// The server's messages in the language of the caller: English if asked for, else German.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    english: bool,
    generation: Generation,
}

impl Words {
    pub(crate) fn new(generation: Generation, headers: &HeaderMap) -> Self {
        let language = headers.get(ACCEPT_LANGUAGE).map_or(&b""[..], |value| value.as_bytes());
        let english = language.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"en"));
        Words { english, generation }
    }

    fn pick(self, english: &str, german: &str) -> String {
        if self.english { english.to_owned() } else { german.to_owned() }
    }

    pub(crate) fn already_exists(self, name: &str) -> String {
        let noun = if self.generation == Generation::Current { "Base" } else { "Table" };
        self.pick(&format!("{noun} {name} already exists."), &format!("{noun} {name} existiert bereits."))
    }

    pub(crate) fn base_not_found(self, name: &str) -> String {
        let noun = if self.generation == Generation::Current { "Base" } else { "DTable" };
        self.not_found(noun, name)
    }

    pub(crate) fn not_found(self, noun: &str, name: &str) -> String {
        self.pick(&format!("{noun} {name} not found."), &format!("{noun} {name} nicht gefunden."))
    }

    pub(crate) fn invalid(self, parameter: &str) -> String {
        self.pick(&format!("{parameter} invalid."), &format!("{parameter} ungültig."))
    }

    pub(crate) fn too_large(self, file: &str) -> String {
        self.pick(&format!("File {file} is too large."), &format!("Datei {file} ist zu groß."))
    }

    pub(crate) fn task_not_found(self) -> String {
        self.pick("task_id not found.", "task_id nicht gefunden.")
    }

    pub(crate) fn permission_denied(self) -> String {
        self.pick("Permission denied.", "Zugriff verweigert.")
    }

    pub(crate) fn internal_error(self) -> String {
        self.pick("Internal Server Error.", "Interner Serverfehler.")
    }

    pub(crate) fn timeout(self) -> String {
        self.pick("Timeout Error.", "Zeitüberschreitung.")
    }

    pub(crate) fn file_not_found(self) -> String {
        self.pick("file not found.", "Datei nicht gefunden.")
    }

    pub(crate) fn invalid_token(self) -> String {
        self.pick("Invalid token", "Ungültiges Token")
    }

    pub(crate) fn no_credentials_in_header(self) -> String {
        self.pick(
            "Invalid token header. No credentials provided.",
            "Ungültiger Token Header. Keine Zugangsdaten angegeben.",
        )
    }

    pub(crate) fn spaces_in_token(self) -> String {
        self.pick(
            "Invalid token header. Token string should not contain spaces.",
            "Ungültiger Token Header. Zugangsdaten sollen keine Leerzeichen enthalten.",
        )
    }

    pub(crate) fn wrong_password(self) -> String {
        self.pick("Unable to login with provided credentials.", "Die angegebenen Zugangsdaten stimmen nicht.")
    }

    pub(crate) fn required(self) -> String {
        self.pick("This field is required.", "Dieses Feld ist erforderlich.")
    }

    pub(crate) fn no_credentials(self) -> String {
        self.pick("Authentication credentials were not provided.", "Anmeldedaten fehlen.")
    }

    pub(crate) fn method_not_allowed(self, method: &http::Method) -> String {
        self.pick(
            &format!("Method \"{method}\" not allowed."),
            &format!("Methode \"{method}\" nicht erlaubt."),
        )
    }

    pub(crate) fn throttled(self, seconds: u32) -> String {
        self.pick(
            &format!("Request was throttled. Expected available in {seconds} seconds."),
            &format!("Die Anfrage wurde gedrosselt. Erwarte Verfügbarkeit in {seconds} Sekunden."),
        )
    }
}
