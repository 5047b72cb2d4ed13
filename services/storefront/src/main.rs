fn main() -> std::process::ExitCode {
    livemart_runtime::main(livemart_storefront::service)
}
