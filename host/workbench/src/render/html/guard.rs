//! What the page may do: its own style and its own script, and nothing else.
//!
//! Knows nothing of what the page says.

use sha2::{Digest, Sha256};

/// The Content-Security-Policy of a page whose only script is `script`.
pub(super) fn content_security(script: &str) -> String {
    let hash = base64(&Sha256::digest(script.as_bytes()));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    )
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let joined =
            (0..3).fold(0_u32, |held, at| held << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4_usize {
            let digit = usize::try_from(joined >> (18 - 6 * at) & 63).ok().and_then(|it| DIGITS.get(it));
            text.push(digit.filter(|_| at <= three.len()).map_or('=', |digit| char::from(*digit)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_allowed_by_its_hash() {
        assert_eq!(
            ["", "f", "fo", "foo", "foob"].map(|it| base64(it.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
        let allowed = content_security("");
        assert!(
            allowed.contains("script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';"),
            "{allowed}"
        );
    }
}
