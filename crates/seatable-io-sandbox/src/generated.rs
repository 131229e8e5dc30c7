use crate::settings::{Owner, PERSONAL};
use crate::{Content, GENERATED_PASSWORD, Generation, Sandbox, Share, dtable_with_assets};

const FOLDER: u64 = 7;
const LABORATORY: u64 = 2;
const LABORATORY_GROUP: u64 = 48;
const OFFICE: u64 = 3;
const OTHER_USER: u64 = 9;
const OWNERS: [u64; 4] = [PERSONAL, LABORATORY, OFFICE, OTHER_USER];
/// The first workspace of other owners.
const OWNED: u64 = 100;

const OWNER_NAMES: [&str; 8] =
    ["Anna Müller", "Anna Müller", "anna muller", "Sales / EMEA", "CON", "..", "204", "日本チーム"];

/// Names that are difficult in an address, as the name of a file, or on a screen. The names of a pair are in different
/// workspaces, since many databases consider them equal.
const NAMES: [[&str; 2]; 24] = [
    ["Sales", "sales"],
    ["Orders & invoices", "Orders %26 invoices"],
    ["R\u{e9}sum\u{e9}s", "Re\u{301}sume\u{301}s"],
    ["Budget 2026/27", "Budget 2026\\27"],
    ["100 % done?", "100%25 done?"],
    ["\"quoted\"", "it's `quoted`"],
    ["ends with a dot.", "ends with a dot"],
    ["CON", "nul.txt"],
    ["日本語の表", "Таблица"],
    ["🚀 launch 👩‍👩‍👧", "🚀 launch 👩👩👧"],
    ["שלום עולם", "\u{202e}reversed"],
    [".", ".."],
    ["ends with a space ", " begins with a space"],
    ["a#b;c=d&e+f", "<b>bold</b> & $(echo) * | :"],
    ["--help", "-"],
    [".hidden", "archive.dtable"],
    ["no\u{a0}break", "zero\u{200b}width\u{feff}"],
    ["red \u{1b}[31m alert", "two\nlines\tand a tab"],
    ["STRASSE", "Straße"],
    ["İstanbul", "istanbul"],
    ["{{name}}.{ext}", "~user/$HOME"],
    ["Ａｂｃ", "ﬁle"],
    ["COM1", "lpt9.dtable"],
    ["content.json", "asset"],
];

impl Sandbox {
    /// Adds this many generated bases, and one of which only a view is shared.
    ///
    /// Three in five are in the personal workspace and its folder. The others are in those of two groups that the account
    /// administers, or shared with the account or a group by another user. Their names are as difficult as possible; some
    /// in different workspaces differ only in case or accents, so that one workspace cannot contain both. Of 200 bases,
    /// 11 are encrypted with [`GENERATED_PASSWORD`], 18 lack an asset and 23 are starred; one has 5 MiB. The first row of
    /// each contains its name.
    #[must_use]
    pub fn with_generated_bases(self, count: usize) -> Self {
        let mut sandbox = self.with_folder(FOLDER).with_generated_groups().with_shared_base(
            OTHER_USER,
            "only seen",
            content("only seen", 0),
            Share::View,
        );
        for place in 0..count {
            sandbox.generate(place);
        }
        sandbox
    }

    fn with_generated_groups(self) -> Self {
        self.with_group(LABORATORY, LABORATORY_GROUP, "R&D / \"50 %\"").with_group(OFFICE, 49, "Büro 🚀")
    }

    /// Adds this many generated bases of a whole server with this many owners, at least five: the account, its two groups, and
    /// other users and groups, some of which have the same name. The last one was deleted. One base has no name.
    #[must_use]
    pub fn with_generated_server(self, count: usize, owners: usize) -> Self {
        let mut sandbox = self.with_generated_groups().with_owner(OTHER_USER, Owner::Other);
        let others = (OWNED..).take(owners.saturating_sub(OWNERS.len()));
        for (workspace, name) in others.clone().zip(OWNER_NAMES.into_iter().cycle()) {
            sandbox = match workspace % 3 {
                0 => sandbox.with_other_group(workspace, 1000 + workspace, name),
                _ => sandbox.with_other_user(workspace, &format!("{workspace:032x}@auth.local"), name),
            };
        }
        others.clone().last().into_iter().for_each(|workspace| sandbox.delete_owner(workspace));
        let workspaces: Vec<_> = OWNERS.into_iter().chain(others).collect();
        for (place, workspace) in (0..count).zip(workspaces.into_iter().cycle()) {
            sandbox.generate_owned(place, workspace);
        }
        sandbox
    }

    fn generate_owned(&mut self, place: usize, workspace: u64) {
        let name = if place == OWNERS.len() { String::new() } else { name(place, self.settings.generation) };
        let base = self.add_base(workspace, &name, content(&name, place));
        self.change(base, |base| {
            base.password = (place % 19 == 3).then(|| GENERATED_PASSWORD.to_owned());
        });
    }

    fn generate(&mut self, place: usize) {
        let name = name(place, self.settings.generation);
        let (workspace, share) = match place.div_ceil(2) % 10 {
            1 | 6 => (LABORATORY, None),
            3 | 8 => (OFFICE, None),
            4 => (OTHER_USER, Some(Share::Base)),
            9 => (OTHER_USER, Some(Share::Group(LABORATORY_GROUP))),
            _ => (PERSONAL, None),
        };
        let base = self.add_base(workspace, &name, content(&name, place));
        self.change(base, |base| {
            base.share = share;
            base.starred = place % 9 == 1;
            base.folder = (workspace == PERSONAL && place % 10 == 9).then_some(FOLDER);
            base.password = (place % 19 == 3).then(|| GENERATED_PASSWORD.to_owned());
        });
    }
}

/// Returns a name that is unique in its workspace; from the second round on, it has the number of the round.
fn name(place: usize, generation: Generation) -> String {
    let [first, second] = NAMES[place / 2 % NAMES.len()];
    let name = if place.is_multiple_of(2) { first } else { second };
    let round = place / (2 * NAMES.len());
    match (round, name) {
        (0, "." | "..") if generation != Generation::Current => format!("dots {name}"),
        // The longest name that can be imported again, with `.dtable`: 248 characters, in 496 bytes.
        (0, "Таблица") => "ш".repeat(248),
        (0, _) => name.to_owned(),
        (round, name) => format!("{} {name}", round + 1),
    }
}

fn content(name: &str, place: usize) -> Content {
    let dtable = match place {
        2 => dtable_with_assets(name, &[("files/big.bin", Some(&vec![0x5a; 5 << 20]))]),
        _ if place % 11 == 6 => {
            dtable_with_assets(name, &[("images/here.png", Some(b"\x89PNG")), ("files/gone.pdf", None)])
        }
        _ if place % 10 == 2 => {
            let text = ("files/Übersicht 100 %.txt", Some(&b"100 %"[..]));
            dtable_with_assets(name, &[text, ("images/a.png", Some(b""))])
        }
        _ => dtable_with_assets(name, &[]),
    };
    dtable.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::name::compared;

    #[test]
    fn fact_22_the_database_tells_all_bases_of_a_workspace_apart() {
        for generation in Generation::ALL {
            let mut sandbox = Sandbox::new(generation).with_generated_bases(1000);
            let bases = &sandbox.state(Duration::ZERO).bases;
            let names: BTreeSet<_> =
                bases.values().map(|base| (base.workspace, compared(&base.name))).collect();
            assert_eq!(names.len(), 1001);
            let all: BTreeSet<_> = bases.values().map(|base| compared(&base.name)).collect();
            assert!(all.len() < names.len(), "no names differ only in case");
        }
    }
}
