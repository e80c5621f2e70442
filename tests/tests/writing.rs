//! What the command writes: whole or not at all, where it was asked to, and never over something unasked.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use redtape_tests::{Ran, command, finish, project, run};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FITCORP: &str = "fixtures/fitcorp/activities.ndjson";

/// A folder of its own for one test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("redtape-writing-{name}-{}", std::process::id()));
    fs::remove_dir_all(&folder).unwrap_or(());
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Writes to `file` with each command that writes.
fn commands(file: &Path) -> [Vec<String>; 3] {
    let file = file.display().to_string();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    [
        words(&["convert", FITCORP, "-q", "-o", &file]),
        words(&["calibrate", FITCORP, "-q", "--shards", "1", "-o", &file]),
        words(&["component", "-o", &file]),
    ]
}

fn with<'a>(arguments: &'a [String], more: &'a [&str]) -> Vec<&'a str> {
    arguments.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

#[test]
fn nothing_is_overwritten_unasked_and_a_file_keeps_its_mode() {
    let folder = folder("force");
    for arguments in commands(&folder.join("file")) {
        let file = folder.join("file");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let ran = run(&with(&arguments, &[]), b"");
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains("is there already: --force overwrites it"), "{}", ran.err);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        let ran = run(&with(&arguments, &["--force"]), b"");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(fs::metadata(&file).unwrap().len() > 1_000);
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(names(&folder), ["file"]);
    }
}

#[test]
fn a_new_file_is_as_open_as_its_owner_wants() {
    let folder = folder("umask");
    let shell = |mask: &str, name: &str| {
        let file = folder.join(name);
        let mut shell = Command::new("sh");
        let binary = command(&[]).get_program().to_owned();
        shell.args(["-c", &format!("umask {mask}; exec \"$0\" component -o \"$1\"")]).arg(binary).arg(&file);
        assert!(shell.status().unwrap().success());
        fs::metadata(&file).unwrap().mode() & 0o777
    };
    assert_eq!((shell("077", "a"), shell("022", "b"), shell("002", "c")), (0o600, 0o644, 0o664));
}

#[test]
fn links_are_followed_and_devices_written_to() {
    let folder = folder("links");
    let (real, link, gone) = (folder.join("real"), folder.join("link"), folder.join("gone"));
    fs::write(&real, "old").unwrap();
    symlink("real", &link).unwrap();
    symlink("new", &gone).unwrap();
    let convert = |to: &Path, more: &[&str]| run(&with(&commands(to)[0], more), b"");
    assert_eq!(convert(&link, &[]).code, Some(2), "what the link leads to is there");
    assert_eq!(convert(&link, &["--force"]).code, Some(0));
    assert_eq!(convert(&gone, &[]).code, Some(0), "it leads to nothing yet");
    for file in [&link, &gone] {
        assert!(fs::symlink_metadata(file).unwrap().is_symlink());
        assert!(fs::metadata(file).unwrap().len() > 1_000);
    }
    assert_eq!(names(&folder), ["gone", "link", "new", "real"]);
    assert_eq!(convert(Path::new("/dev/null"), &[]).code, Some(0));
    let full = convert(Path::new("/dev/full"), &[]);
    assert_eq!(full.code, Some(3));
    assert!(full.err.contains("failed to write `/dev/full`"), "{}", full.err);
    let lines = fs::read_to_string(project().join(FITCORP)).unwrap().lines().count();
    for name in ["-", "/dev/stdout", "/proc/self/fd/1"] {
        assert_eq!(convert(Path::new(name), &[]).out.lines().count(), lines, "{name}");
    }
}

#[test]
fn a_pipe_with_a_name_is_written_to() {
    let folder = folder("fifo");
    let pipe = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let path = pipe.clone();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        fs::File::open(path).unwrap().read_to_string(&mut text).unwrap();
        text.lines().count()
    });
    assert_eq!(run(&with(&commands(&pipe)[0], &[]), b"").code, Some(0));
    assert!(reader.join().unwrap() > 900);
    assert_eq!(names(&folder), ["pipe"]);
}

#[test]
fn a_file_that_cannot_grow_leaves_the_old_one() {
    let folder = folder("limit");
    let file = folder.join("file");
    // A plugin that runs needs memory that counts as a file.
    let [convert, _, component] = commands(&file);
    for arguments in [convert, component] {
        fs::write(&file, "old").unwrap();
        // Blocks of 512 bytes or of 1,024, as the shell has them; none of the files is that small.
        let mut shell = Command::new("sh");
        let program = command(&[]).get_program().to_owned();
        shell.current_dir(project()).args(["-c", "ulimit -f 2; exec \"$0\" \"$@\""]).arg(program);
        shell.args(with(&arguments, &["--force"]));
        let Ran { code, err, .. } = finish(shell, b"");
        assert_eq!(code, Some(3), "{err}");
        assert!(err.contains("failed to write"), "{err}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(names(&folder), ["file"]);
    }
}

#[test]
fn a_signal_leaves_nothing_half_written() {
    let folder = folder("signal");
    let log = fs::read(project().join(FITCORP)).unwrap();
    for signal in ["INT", "TERM", "HUP"] {
        let file = folder.join("file.ndjson.gz").display().to_string();
        let mut child = command(&["convert", "-", "-q", "-o", &file]);
        let mut child = child.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.as_mut().unwrap().write_all(&log).unwrap();
        wait_for(|| names(&folder).len() == 1);
        assert!(names(&folder)[0].starts_with(".file.ndjson.gz."), "{:?}", names(&folder));
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(names(&folder), [""; 0], "{signal}");
    }
}

fn wait_for(there: impl Fn() -> bool) {
    let begun = Instant::now();
    while !there() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_policy_that_was_cut_is_refused_by_all_who_read_one() {
    let folder = folder("cut");
    let policy = folder.join("policy.toml");
    fs::write(&policy, "# nothing\n").unwrap();
    let written = run(&["check", &policy.display().to_string(), "--explain", "acme"], b"").out;
    let name = policy.display().to_string();
    let readers: [&[&str]; 4] = [
        &["check", &name],
        &["scan", "-", "--policy", &name],
        &["test", &name],
        &["backtest", "-", "--policy", &name],
    ];
    fs::write(&policy, &written).unwrap();
    assert_eq!(run(&["check", &name], b"").code, Some(0));
    // In the first line, in the middle at the end of a line, just before the last one.
    let middle = written[..written.len() / 2].rfind('\n').unwrap() + 1;
    for at in [40, 90, middle, written.len() - 2] {
        fs::write(&policy, &written[..at]).unwrap();
        for reader in readers {
            let ran = run(reader, b"");
            assert_eq!(ran.code, Some(2), "{reader:?} at {at}: {}", ran.err);
        }
    }
}

#[test]
fn small_files_that_never_end_are_refused_at_once() {
    let cases: [(&[&str], &str); 4] = [
        (&["scan", FITCORP, "--policy", "/dev/zero"], "a policy may have"),
        (&["convert", FITCORP, "--mapping", "/dev/zero"], "a mapping may have"),
        (&["test", "fixtures/fitcorp/activities.ndjson", "/dev/zero"], ""),
        (&["convert", FITCORP, "--people", "pseudonyms", "--people-key", "/dev/zero"], "a key may have"),
    ];
    for (arguments, told) in cases {
        let ran = run(arguments, b"");
        assert!(matches!(ran.code, Some(2 | 3)), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
}
