fn main() -> std::process::ExitCode {
    livemart_runtime::main(livemart_notification::service)
}
