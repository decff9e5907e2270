//! The server's own time zone: the only place that asks the machine for it.

use std::env;
use std::fs;
use std::sync::OnceLock;

use super::Zone;

/// Where a system keeps its zone: as a link into its copy of the tz database, or as text.
const LINK: &str = "/etc/localtime";
const TEXT: &str = "/etc/timezone";

/// Folder of the tz database in the link's target.
const DATABASE: &str = "zoneinfo/";

pub(super) fn zone() -> Zone {
    static ZONE: OnceLock<Zone> = OnceLock::new();
    *ZONE.get_or_init(|| {
        let link = fs::read_link(LINK).ok().and_then(|target| Some(target.to_str()?.to_owned()));
        choose(env::var("TZ").ok().as_deref(), link.as_deref(), fs::read_to_string(TEXT).ok().as_deref())
    })
}

/// The first that names a zone: the environment's, the link's, the text's; else UTC.
fn choose(variable: Option<&str>, link: Option<&str>, text: Option<&str>) -> Zone {
    let variable = variable.map(|name| name.trim_start_matches(':'));
    let variable = variable.map(|name| name.split_once(DATABASE).map_or(name, |(_, id)| id));
    let link = link.and_then(|target| Some(target.split_once(DATABASE)?.1));
    let named = [variable, link, text].into_iter().flatten();
    named.map(str::trim).filter(|id| !id.is_empty()).find_map(|id| Zone::read(id).ok()).unwrap_or(Zone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_name_counts() {
        let chosen = |variable, link, text| choose(variable, link, text).to_string();
        assert_eq!(chosen(Some("Asia/Tokyo"), Some("/usr/share/zoneinfo/Europe/Oslo"), None), "Asia/Tokyo");
        assert_eq!(chosen(Some(":/usr/share/zoneinfo/Asia/Tokyo"), None, None), "Asia/Tokyo");
        assert_eq!(chosen(Some("CET-1CEST"), Some("../usr/share/zoneinfo/Europe/Oslo"), None), "Europe/Oslo");
        assert_eq!(chosen(Some(""), Some("/elsewhere"), Some("America/Lima\n")), "America/Lima");
        assert_eq!(chosen(None, None, None), "UTC");
    }
}
