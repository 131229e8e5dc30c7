//! The server's messages.

/// A message in English and in German; a value stands in place of `{}`.
pub(crate) type Message = [&'static str; 2];

pub(crate) const ALREADY_EXISTS: Message = ["{} already exists.", "{} existiert bereits."];
pub(crate) const NOT_FOUND: Message = ["{} not found.", "{} nicht gefunden."];
pub(crate) const INVALID: Message = ["{} invalid.", "{} ungültig."];
pub(crate) const TOO_LARGE: Message = ["File {} is too large.", "Datei {} ist zu groß."];
pub(crate) const PERMISSION_DENIED: Message = ["Permission denied.", "Zugriff verweigert."];
pub(crate) const INTERNAL_ERROR: Message = ["Internal Server Error.", "Interner Serverfehler."];
pub(crate) const TIMEOUT: Message = ["Timeout Error.", "Zeitüberschreitung."];
pub(crate) const FILE_NOT_FOUND: Message = ["file not found.", "Datei nicht gefunden."];
pub(crate) const INVALID_TOKEN: Message = ["Invalid token", "Ungültiges Token"];
pub(crate) const NO_CREDENTIALS_IN_HEADER: Message = [
    "Invalid token header. No credentials provided.",
    "Ungültiger Token Header. Keine Zugangsdaten angegeben.",
];
pub(crate) const SPACES_IN_TOKEN: Message = [
    "Invalid token header. Token string should not contain spaces.",
    "Ungültiger Token Header. Zugangsdaten sollen keine Leerzeichen enthalten.",
];
pub(crate) const WRONG_PASSWORD: Message =
    ["Unable to login with provided credentials.", "Die angegebenen Zugangsdaten stimmen nicht."];
pub(crate) const REQUIRED: Message = ["This field is required.", "Dieses Feld ist erforderlich."];
pub(crate) const NO_CREDENTIALS: Message =
    ["Authentication credentials were not provided.", "Anmeldedaten fehlen."];
pub(crate) const NO_PERMISSION: Message = [
    "You do not have permission to perform this action.",
    "Sie sind nicht berechtigt diese Aktion durchzuführen.",
];
pub(crate) const METHOD_NOT_ALLOWED: Message =
    ["Method \"{}\" not allowed.", "Methode \"{}\" nicht erlaubt."];
pub(crate) const THROTTLED: Message = [
    "Request was throttled. Expected available in {} seconds.",
    "Die Anfrage wurde gedrosselt. Erwarte Verfügbarkeit in {} Sekunden.",
];
