//! Writes everything that is generated from the services' declarations: `just generate`.

fn main() -> anyhow::Result<()> {
    for (path, content) in livemart_streams::generated() {
        let path = livemart_streams::repository().join(path);
        if std::fs::read_to_string(&path).is_ok_and(|present| present == content) {
            continue;
        }
        std::fs::write(&path, content)?;
        println!("wrote {}", path.display());
    }
    for path in livemart_streams::leftovers()? {
        std::fs::remove_file(&path)?;
        println!("removed {}", path.display());
    }
    Ok(())
}
