//! Facts 5, 19 and 22: the file name in the form determines the name of the base, which the database compares.

use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};

use crate::common::{Client, OLDER, PREVIEW, Reply, SYNCHRONOUS, TABLE, error, request, secs};

const LATER: [Generation; 2] = [Generation::Y2021, Generation::Current];

/// The name of the base that an import of this file creates.
fn named(generation: Generation, file_name: &str) -> String {
    let mut client = Client::of(Sandbox::new(generation));
    let reply = client.import(file_name, &sample_dtable(0));
    assert_eq!(reply.status(), 200, "{file_name}: {}", reply.text());
    reply.json()["table"]["name"].as_str().unwrap().to_owned()
}

#[test]
fn fact_5_the_name_ends_at_the_first_dot_then_at_the_last() {
    assert_eq!(named(Generation::Y2020, "a.b.dtable"), "a");
    for generation in LATER {
        assert_eq!(named(generation, "a.b.dtable"), "a.b");
    }
}

#[test]
fn fact_5_the_case_of_the_extension_mattered_in_2020() {
    let mut client = Client::new(Generation::Y2020);
    assert_eq!(client.import("a.DTABLE", &sample_dtable(0)).error(), error(400, "dtable invalid."));
    for generation in LATER {
        assert_eq!(named(generation, "a.DTable"), "a");
    }
}

#[test]
fn fact_5_utf_8_and_percent_signs_are_kept() {
    for generation in Generation::ALL {
        assert_eq!(named(generation, "ä日😀%22.dtable"), "ä日😀%22");
    }
}

#[test]
fn fact_5_html_entities_are_unescaped() {
    for generation in Generation::ALL {
        assert_eq!(named(generation, "&quot;a&quot;;&amp;amp;&#65;.dtable"), "\"a\";&amp;A");
    }
}

#[test]
fn fact_5_paths_are_dropped() {
    for generation in Generation::ALL {
        assert_eq!(named(generation, "x/y\\z.dtable"), "z");
        assert_eq!(named(generation, "x&#47;z.dtable"), "z");
    }
}

#[test]
fn fact_5_later_unprintable_characters_are_dropped() {
    let name = "a\u{200d}b\u{ad}c\u{a0}d\u{e000}e f";
    assert_eq!(named(Generation::Y2020, &format!("{name}.dtable")), name);
    for generation in LATER {
        assert_eq!(named(generation, &format!("{name}.dtable")), "abcde f");
    }
}

#[test]
fn fact_5_the_name_is_cut_to_255_characters_with_its_extension() {
    let long = "ä".repeat(300);
    for generation in Generation::ALL {
        assert_eq!(named(generation, &format!("{long}.dtable")), "ä".repeat(255 - 7));
    }
}

#[test]
fn fact_5_an_empty_name_gives_a_base_without_a_name() {
    for generation in Generation::ALL {
        assert_eq!(named(generation, ".dtable"), "");
    }
}

#[test]
fn fact_5_a_long_header_block_is_refused() {
    for generation in Generation::ALL {
        let around = "content-disposition: form-data; name=\"dtable\"; filename=\".dtable\"\r\n\r\n".len();
        let fits = "&amp;".repeat(200)[..1022 - around].to_owned();
        let mut client = Client::new(generation);
        assert_eq!(client.import(&format!("{fits}.dtable"), &sample_dtable(0)).status(), 200);
        let reply = client.import(&format!("{fits}x.dtable"), &sample_dtable(0));
        assert_eq!(reply.error(), error(400, "dtable invalid."));
    }
}

#[test]
fn fact_5_a_name_without_an_extension_is_refused() {
    for generation in OLDER {
        assert_eq!(Client::new(generation).import("dtable", &sample_dtable(0)).status(), 400);
    }
}

#[test]
fn fact_19_a_name_becomes_nfc() {
    for generation in Generation::ALL {
        assert_eq!(named(generation, "Bu\u{308}cher.dtable"), "B\u{fc}cher");
        let mut client = Client::of(Sandbox::new(generation).with_base(1, "\u{e9}", sample_dtable(0)));
        assert_eq!(client.import("e\u{301}.dtable", &sample_dtable(0)).status(), 400);
    }
}

#[test]
fn fact_22_names_that_differ_in_case_accents_or_trailing_spaces_are_equal() {
    for generation in Generation::ALL {
        let sandbox = Sandbox::new(generation).with_base(1, "Müller ", sample_dtable(0));
        let mut client = Client::of(sandbox.with_group(2, 48, "team"));
        for name in ["müller", "Muller", "MU\u{308}LLER"] {
            let (status, message) = client.import(&format!("{name}.dtable"), &sample_dtable(0)).error();
            assert!(status == 400 && message.ends_with(" already exists."), "{message}");
        }
        for name in ["Mueller", "Mül ler", "Müllerx"] {
            assert_eq!(client.import(&format!("{name}.dtable"), &sample_dtable(0)).status(), 200);
        }
        let elsewhere =
            client.import_at("/api/v2.1/workspace/2/import-dtable/", "muller.dtable", &sample_dtable(0));
        assert_eq!(elsewhere.status(), 200);
    }
}

#[test]
fn fact_22_names_of_tables_are_compared_like_those_of_imports() {
    let mut client = Client::of(Sandbox::new(Generation::Current).with_base(1, "Müller ", sample_dtable(0)));
    let taken = error(400, "Base MULLER already exists.");
    assert_eq!(client.import_at(TABLE, "MULLER.csv", b"a").error(), taken);
    client.import("MULLER.csv", b"a");
    let mut confirm = request("POST", PREVIEW, client.sandbox.token());
    *confirm.body_mut() = r#"{"dtable_name": "MULLER", "included_tables": {}}"#.into();
    assert_eq!(Reply::of(&client.send(confirm)).error(), taken);
}

#[test]
fn fact_22_all_emoji_are_one_character() {
    for generation in Generation::ALL {
        let mut client = Client::of(Sandbox::new(generation).with_base(1, "🚀 a", sample_dtable(0)));
        let mut status = |name: &str| client.import(&format!("{name}.dtable"), &sample_dtable(0)).status();
        assert_eq!(["🐢 a", "🚀🚀 a", "★ a", "☆ a"].map(&mut status), [400, 200, 200, 200]);
    }
}

#[test]
fn fact_22_an_export_delivers_the_base_under_its_own_name() {
    for generation in OLDER {
        let sandbox = Sandbox::new(generation).with_base(1, "Muster", sample_dtable(0));
        let mut client = Client::of(sandbox.with_base(1, "Müller", sample_dtable(1000)));
        let export = client.get("/api/v2.1/workspace/1/dtable/muller/export-dtable/");
        assert_eq!(export.json()["table"]["name"], "Müller");
        let file = client.content(&export.task(), &export.uuid());
        assert_eq!(file.header("content-disposition"), "attachment;filename*=UTF-8''M%C3%BCller.dtable");
    }
    let sandbox = Sandbox::new(Generation::Current).with_base(1, "Müller", sample_dtable(1000));
    let file = Client::of(sandbox).get(&format!("{SYNCHRONOUS}?dtable_name=MULLER"));
    assert_eq!(file.header("content-disposition"), "attachment;filename*=UTF-8''M%C3%BCller.dtable");
}

#[test]
fn fact_22_the_exact_name_is_preferred_to_one_in_another_case() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "plan", sample_dtable(0));
    let mut client = Client::of(sandbox.with_base(1, "Plan", sample_dtable(0)));
    let found = ["plan", "Plan", "PLAN"].map(|name| client.base(name).unwrap().name.clone());
    assert_eq!(found, ["plan", "Plan", "plan"]);
}

#[test]
fn fact_22_the_name_of_a_deleted_base_is_free() {
    let mut client = Client::of(Sandbox::new(Generation::Y2020).with_task_time(secs(5)));
    let import = client.import("Plan.dtable", &sample_dtable(0));
    assert_eq!(client.import("plan.dtable", &sample_dtable(0)).status(), 400);
    client.cancel(&import.task(), &import.uuid(), "import");
    assert_eq!(client.import("plan.dtable", &sample_dtable(0)).status(), 200);
}
