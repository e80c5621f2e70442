//! Builds a member of the workspace for WebAssembly, and encodes it as a component.
//!
//! Shared by the build scripts that need one. What becomes of the bytes is theirs to say.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use wit_component::ComponentEncoder;

pub(crate) type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What cargo or a user sets for the outer build. It must not reach the inner one: the plugin has one way to be built.
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

/// Builds `package`, whose folder in the workspace is `folder`, and gives the component's bytes.
pub(crate) fn build(package: &str, folder: &str) -> Result<Vec<u8>> {
    let workspace = workspace()?;
    let (source, manifest) = (format!("{folder}/src"), format!("{folder}/Cargo.toml"));
    for part in [source.as_str(), manifest.as_str(), "plugin/model", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", workspace.join(part).display());
    }
    ensure_target(&workspace)?;
    let target_dir = target_root()?.join("plugin");
    let mut cargo = clean_command(&variable("CARGO")?);
    cargo.current_dir(&workspace).args(["rustc", "--package", package, "--lib"]);
    cargo.args(["--crate-type", "cdylib", "--target", WASM_TARGET, "--profile", "component"]);
    cargo.arg("--target-dir").arg(&target_dir);
    // Every runtime of the last years has vectors of 128 bits; a browser without them could not load the component.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+simd128");
    let output = cargo.output().map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{package}` could not be built for {WASM_TARGET}:\n\n{told}").into());
    }
    let module = format!("{}.wasm", package.replace('-', "_"));
    let module = target_dir.join(WASM_TARGET).join("component").join(module);
    let module = fs::read(&module)
        .map_err(|error| format!("the module `{}` cannot be read: {error}", module.display()))?;
    let encoded = ComponentEncoder::default().module(&module).and_then(|it| it.validate(true).encode());
    encoded.map_err(|error| format!("`{package}` does not fit the contract in wit/: {error:#}").into())
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

/// Adds the WebAssembly target to the toolchain in use where it is missing.
fn ensure_target(workspace: &Path) -> Result<()> {
    let rustc = variable("RUSTC")?;
    if has_target(&rustc, workspace) {
        return Ok(());
    }
    let toolchain = env::var("RUSTUP_TOOLCHAIN").ok();
    let by_hand = match &toolchain {
        Some(toolchain) => format!("rustup target add --toolchain {toolchain} {WASM_TARGET}"),
        None => format!("rustup target add {WASM_TARGET}"),
    };
    let mut rustup = clean_command(&OsString::from("rustup"));
    rustup.current_dir(workspace).args(["target", "add"]);
    if let Some(toolchain) = &toolchain {
        rustup.args(["--toolchain", toolchain]);
    }
    let why = match rustup.arg(WASM_TARGET).output() {
        Ok(output) if output.status.success() && has_target(&rustc, workspace) => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("rustup could not be started: {error}"),
    };
    Err(format!(
        "the plugin is built for {WASM_TARGET}, which this toolchain does not have, and it could not be added.\n\n\
         {why}\n\n\
         Either run this where there is a network:\n    {by_hand}\n\
         or embed a component that was built elsewhere:\n    REDTAPE_COMPONENT=FILE cargo build"
    )
    .into())
}

fn has_target(rustc: &OsString, workspace: &Path) -> bool {
    let mut rustc = clean_command(rustc);
    rustc.current_dir(workspace).args(["--print", "target-libdir", "--target", WASM_TARGET]);
    let Ok(output) = rustc.output() else { return false };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    // rustc names the folder whether or not it is there.
    output.status.success() && folder.read_dir().is_ok_and(|mut files| files.next().is_some())
}

fn clean_command(program: &OsString) -> Command {
    let mut command = Command::new(program);
    for name in OUTER_ONLY {
        command.env_remove(name);
    }
    command
}

/// The target folder of the outer build: cargo marks it, and only it, with a CACHEDIR.TAG.
pub(crate) fn target_root() -> Result<PathBuf> {
    let out_dir = out_dir()?;
    let root = out_dir.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    root.map(Path::to_owned)
        .ok_or_else(|| format!("no folder above `{}` holds a CACHEDIR.TAG", out_dir.display()).into())
}

/// The folder above the crate whose build script this is.
pub(crate) fn workspace() -> Result<PathBuf> {
    let member = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    member.parent().map(Path::to_owned).ok_or_else(|| "the crate has no folder above it".into())
}

/// Where the build script leaves what it made.
pub(crate) fn out_dir() -> Result<PathBuf> {
    Ok(PathBuf::from(variable("OUT_DIR")?))
}

fn variable(name: &str) -> Result<OsString> {
    env::var_os(name).ok_or_else(|| format!("`{name}` is not set: run this through cargo").into())
}
