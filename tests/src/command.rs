//! The command, as a user runs it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What a run of the command gave.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; none: ended by a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The binary, built from what is in the tree now, or the one that `REDTAPE_BINARY` names.
fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(binary) = std::env::var_os("REDTAPE_BINARY") {
            return binary.into();
        }
        // As the outer command builds it: with other features the whole runtime would be built a second time.
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(crate::project()).args(["test", "--quiet", "--workspace", "--no-run"]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        let built = cargo.status().expect("cargo can be started");
        assert!(built.success(), "the command could not be built");
        // This test runs from `<target folder>/<profile>/deps`.
        let test = std::env::current_exe().expect("a test knows where it is");
        let profile = test.ancestors().nth(2).expect("a test lies two folders deep");
        profile.join(format!("redtape{}", std::env::consts::EXE_SUFFIX))
    })
}

/// The command, to be run in the project's folder, with nothing of the tester's own settings.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.current_dir(crate::project()).args(arguments);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

/// Runs the command with `input` on standard input.
pub fn run(arguments: &[&str], input: &[u8]) -> Ran {
    finish(command(arguments), input)
}

/// Runs a command to its end, with `input` on standard input.
pub fn finish(mut command: Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command can be started");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let input = input.to_vec();
    // The command may end before it has read everything; that is its business.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the command ends");
    writer.join().expect("the writer ends");
    Ran {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
