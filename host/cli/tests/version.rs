//! The binary itself. Its being here makes `cargo test` build it, with the same features as everything else that is
//! tested; what it does is tested in `tests/`.

use std::process::Command;

#[test]
fn the_binary_says_its_version() {
    let output = Command::new(env!("CARGO_BIN_EXE_redtape")).arg("--version").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, format!("redtape {}\n", env!("CARGO_PKG_VERSION")));
}
