//! Writes everything that is generated from the services' declarations: `just generate`.

use anyhow::Context as _;

pub fn run() -> anyhow::Result<()> {
    // Or says in a line that there is none here.
    livemart_local::repository()?;
    for (path, content) in livemart_streams::generated() {
        let path = livemart_streams::repository().join(path);
        if std::fs::read_to_string(&path).is_ok_and(|present| present == content) {
            continue;
        }
        let folder = path.parent().unwrap_or(livemart_streams::repository());
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        std::fs::write(&path, content).with_context(|| format!("{} cannot be written", path.display()))?;
        println!("wrote {}", path.display());
    }
    for path in livemart_streams::leftovers()? {
        std::fs::remove_file(&path)?;
        println!("removed {}", path.display());
    }
    Ok(())
}
