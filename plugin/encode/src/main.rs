//! Builds a crate of the workspace for WebAssembly, and encodes it as a component: `encode PACKAGE TARGET-DIR FILE`.
//!
//! The same sources give the same bytes, in whichever folder they are, and wherever cargo keeps its crates.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use wit_component::ComponentEncoder;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

fn main() -> ExitCode {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    let [package, target_dir, file] = args.as_slice() else {
        eprintln!("error: expected PACKAGE TARGET-DIR FILE");
        return ExitCode::FAILURE;
    };
    let (package, file) = (package.to_string_lossy(), Path::new(file));
    match component(&package, Path::new(target_dir)).and_then(|bytes| Ok(fs::write(file, bytes)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Builds `package`, and gives the component's bytes.
fn component(package: &str, target_dir: &Path) -> Result<Vec<u8>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).ok_or("no workspace above")?;
    ensure_target(workspace)?;
    let mut cargo = Command::new(env::var_os("CARGO").ok_or("`CARGO` is not set: run this through cargo")?);
    cargo.current_dir(workspace).args(["rustc", "--locked", "--package", package, "--lib"]);
    cargo.args(["--crate-type", "cdylib", "--target", WASM_TARGET, "--profile", "component"]);
    cargo.arg("--target-dir").arg(target_dir);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(workspace)?.join("\x1f"));
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

/// Flags of the compiler. Panics name their place, so the folders of this machine are taken out of it.
fn flags(workspace: &Path) -> Result<Vec<String>> {
    // Every runtime of the last years has vectors of 128 bits; a browser without them could not load the component.
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
    let mut hide = |folder: &Path, name: &str| {
        flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
    };
    // Of several that fit, the last one holds.
    hide(workspace, "/redtape");
    let registries = cargo_home()?.join("registry/src");
    for registry in fs::read_dir(&registries).into_iter().flatten() {
        hide(&registry?.path(), "/crates");
    }
    Ok(flags)
}

fn cargo_home() -> Result<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    let set = env::var_os("CARGO_HOME").filter(|it| !it.is_empty()).map(PathBuf::from);
    Ok(set.or_else(home).ok_or("nothing says where cargo keeps its crates: set `CARGO_HOME`")?)
}

/// Adds the WebAssembly target to the toolchain in use where it is missing.
fn ensure_target(workspace: &Path) -> Result<()> {
    if has_target(workspace) {
        return Ok(());
    }
    let toolchain = env::var("RUSTUP_TOOLCHAIN").ok();
    let by_hand = match &toolchain {
        Some(toolchain) => format!("rustup target add --toolchain {toolchain} {WASM_TARGET}"),
        None => format!("rustup target add {WASM_TARGET}"),
    };
    let mut rustup = Command::new("rustup");
    rustup.current_dir(workspace).args(["target", "add"]);
    if let Some(toolchain) = &toolchain {
        rustup.args(["--toolchain", toolchain]);
    }
    let why = match rustup.arg(WASM_TARGET).output() {
        Ok(output) if output.status.success() && has_target(workspace) => return Ok(()),
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

fn has_target(workspace: &Path) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(workspace).args(["--print", "target-libdir", "--target", WASM_TARGET]);
    let Ok(output) = rustc.output() else { return false };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    // rustc names the folder whether or not it is there.
    output.status.success() && folder.read_dir().is_ok_and(|mut files| files.next().is_some())
}
