//! Has a crate of the workspace built as a component, by the program in `plugin/encode`.
//!
//! Shared by the build scripts that need one. What becomes of the bytes is theirs to say.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

pub(crate) type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// What cargo or a user sets for the outer build. It must not reach the inner one: a component has one way to be built.
const OUTER_ONLY: [&str; 14] = [
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    "CLIPPY_ARGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];
/// What a component is made of and with, beside its own folder.
const SHARED: [&str; 8] = [
    "plugin/engine/src",
    "plugin/engine/Cargo.toml",
    "plugin/model/src",
    "plugin/model/Cargo.toml",
    "plugin/encode/src",
    "wit",
    "Cargo.toml",
    "Cargo.lock",
];

/// Builds `package`, whose folder in the workspace is `folder`, into `file`.
pub(crate) fn encode(workspace: &Path, package: &str, folder: &str, file: &Path) -> Result<()> {
    for part in [&*format!("{folder}/src"), &*format!("{folder}/Cargo.toml")].into_iter().chain(SHARED) {
        println!("cargo::rerun-if-changed={}", workspace.join(part).display());
    }
    let folder_of_tools = target_root()?.join("plugin");
    let mut cargo = Command::new(variable("CARGO")?);
    for name in OUTER_ONLY {
        cargo.env_remove(name);
    }
    cargo.current_dir(workspace).args([
        "run",
        "--quiet",
        "--locked",
        "--manifest-path",
        "plugin/encode/Cargo.toml",
    ]);
    cargo.arg("--target-dir").arg(&folder_of_tools).arg("--").arg(package).arg(&folder_of_tools).arg(file);
    let output = cargo.output().map_err(|error| format!("cargo could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("error: ").to_owned().into())
}

/// Ends a build script; where it failed, cargo shows the reason to whoever builds.
#[expect(clippy::print_stderr, reason = "a build script tells people on standard error why it failed")]
pub(crate) fn end(work: Result<()>) -> ExitCode {
    match work {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The target folder of the outer build: cargo marks it, and only it, with a CACHEDIR.TAG.
pub(crate) fn target_root() -> Result<PathBuf> {
    let out_dir = out_dir()?;
    let root = out_dir.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    root.map(Path::to_owned)
        .ok_or_else(|| format!("no folder above `{}` holds a CACHEDIR.TAG", out_dir.display()).into())
}

/// Where the build script leaves what it made.
pub(crate) fn out_dir() -> Result<PathBuf> {
    Ok(PathBuf::from(variable("OUT_DIR")?))
}

/// The folder of the crate whose build script this is.
pub(crate) fn crate_folder() -> Result<PathBuf> {
    Ok(PathBuf::from(variable("CARGO_MANIFEST_DIR")?))
}

fn variable(name: &str) -> Result<OsString> {
    env::var_os(name).ok_or_else(|| format!("`{name}` is not set: run this through cargo").into())
}
