//! The sorts of trouble a failed build can have.

/// Code that does not compile, type-check or link.
pub const COMPILE: &str = "compile";
/// A test that fails.
pub const TEST: &str = "test";
/// A lint that was denied.
pub const LINT: &str = "lint";
/// A formatter that would write files differently.
pub const FORMAT: &str = "format";
/// A dependency that cannot be resolved or installed, or a lock file out of date.
pub const DEPENDENCY: &str = "dependency";
/// A host that does not answer.
pub const NETWORK: &str = "network";
/// Credentials that are missing or refused.
pub const AUTH: &str = "auth";
/// Something that took too long.
pub const TIMEOUT: &str = "timeout";
/// Memory or disk that ran out.
pub const RESOURCES: &str = "resources";
/// A build's or workflow's configuration.
pub const CONFIG: &str = "config";
/// A tool or file that the machine lacks.
pub const ENVIRONMENT: &str = "environment";
/// A program that crashed.
pub const CRASH: &str = "crash";
/// The CI system itself.
pub const INFRASTRUCTURE: &str = "infrastructure";
/// None of the others.
pub const OTHER: &str = "other";
