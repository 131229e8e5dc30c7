#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seatable_io_tests::fuzz::dtable_zip(data));
