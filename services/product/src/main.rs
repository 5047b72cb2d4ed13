fn main() -> std::process::ExitCode {
    livemart_runtime::main(env!("CARGO_PKG_NAME"), livemart_product::service)
}
