//! What `bindgen!` makes of the contract in `wit/`, and nothing else.
//!
//! Only `detector.rs` may use it, so that another version of the contract touches two files.

#![expect(missing_docs, reason = "generated; the docs are those of the WIT files")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "plugin",
    additional_derives: [PartialEq],
});
