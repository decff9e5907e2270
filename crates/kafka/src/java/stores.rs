//! Java's key stores and trust stores: PEM and PKCS12 are used as they are, JKS is told how to be turned into them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use super::pem;

/// What a file of keys is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Pem,
    Pkcs12,
    Jks,
}

/// Puts what the `ssl.` stores hold into librdkafka's properties.
///
/// # Errors
/// A file cannot be read, or is of a kind that is not read, with the commands that convert it.
pub(super) fn translate(given: &BTreeMap<&str, &str>, native: &mut BTreeMap<String, String>) -> Result<(), String> {
    let get = |name: &str| given.get(name).copied().filter(|value| !value.trim().is_empty());
    let mut set = |name: &str, value: String| drop(native.insert(name.to_owned(), value));
    match (get("ssl.keystore.certificate.chain"), get("ssl.keystore.key")) {
        (Some(chain), Some(key)) => {
            set("ssl.certificate.pem", pem::wrapped(chain));
            set("ssl.key.pem", pem::wrapped(key));
        }
        (None, None) => {}
        _ => return Err("ssl.keystore.certificate.chain and ssl.keystore.key must both be there".into()),
    }
    if let Some(path) = get("ssl.keystore.location") {
        match format("ssl.keystore", path, get("ssl.keystore.type"))? {
            Format::Pem => {
                set("ssl.certificate.location", path.to_owned());
                set("ssl.key.location", path.to_owned());
            }
            Format::Pkcs12 => {
                set("ssl.keystore.location", path.to_owned());
                if let Some(password) = get("ssl.keystore.password") {
                    set("ssl.keystore.password", password.to_owned());
                }
            }
            Format::Jks => return Err(convert_keys(path)),
        }
    }
    if let Some(password) = get("ssl.key.password") {
        set("ssl.key.password", password.to_owned());
    }
    if let Some(certificates) = get("ssl.truststore.certificates") {
        set("ssl.ca.pem", pem::wrapped(certificates));
    }
    if let Some(path) = get("ssl.truststore.location") {
        match format("ssl.truststore", path, get("ssl.truststore.type"))? {
            Format::Pem => set("ssl.ca.location", path.to_owned()),
            Format::Pkcs12 => return Err(convert_pkcs12_trust(path)),
            Format::Jks => return Err(convert_trust(path)),
        }
    }
    if !native.contains_key("ssl.ca.location") && !native.contains_key("ssl.ca.pem") {
        // Whom the system trusts, as Java takes whom it trusts itself.
        native.insert("ssl.ca.location".to_owned(), "probe".to_owned());
    }
    Ok(())
}

/// What a store is: what its first bytes say. Java's default type is JKS, whatever the file is, so that the type alone
/// decides nothing.
fn format(store: &str, path: &str, given: Option<&str>) -> Result<Format, String> {
    let stated = match given.map(|t| t.trim().to_ascii_uppercase()).as_deref() {
        None | Some("JKS") => None,
        Some("PEM") => Some(Format::Pem),
        Some("PKCS12" | "P12" | "PFX") => Some(Format::Pkcs12),
        Some(other) => return Err(format!("{store}.type={other} is not read; PEM and PKCS12 are")),
    };
    let file = std::fs::File::open(path).map_err(|e| format!("{store}.location {path} cannot be read: {e}"))?;
    let mut head = Vec::new();
    file.take(64 * 1024).read_to_end(&mut head).map_err(|e| format!("{store}.location {path} cannot be read: {e}"))?;
    let found = match head.as_slice() {
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Some(Format::Jks),
        [0x30, ..] => Some(Format::Pkcs12),
        _ if String::from_utf8_lossy(&head).contains("-----BEGIN ") => Some(Format::Pem),
        _ => None,
    };
    match (stated, found) {
        (None, Some(found)) => Ok(found),
        (Some(stated), Some(found)) if stated == found => Ok(found),
        (_, Some(Format::Jks)) => Ok(Format::Jks),
        (Some(Format::Pem), _) => Err(format!("{store}.location {path} is not PEM: it holds no -----BEGIN")),
        (Some(_), _) => Err(format!("{store}.location {path} is not PKCS12")),
        (None, None) => Err(format!("{store}.location {path} is neither PEM nor PKCS12 nor a Java key store")),
    }
}

/// A path beside another one, with another extension.
fn beside(path: &str, extension: &str) -> String {
    let made = Path::new(path).with_extension(extension).display().to_string();
    if made == path { format!("{path}.{extension}") } else { made }
}

fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

fn keytool(path: &str, pkcs12: &str) -> String {
    let (path, pkcs12) = (quoted(path), quoted(pkcs12));
    format!("  keytool -importkeystore -srckeystore {path} -destkeystore {pkcs12} -deststoretype PKCS12\n")
}

fn convert_keys(path: &str) -> String {
    let (pkcs12, pem) = (beside(path, "p12"), beside(path, "pem"));
    format!(
        "ssl.keystore.location {path} is a Java key store (JKS), which is not read. Convert it once:\n{}  openssl \
         pkcs12 -in {} -nodes -out {}\nand set ssl.keystore.type=PEM and ssl.keystore.location={pem}",
        keytool(path, &pkcs12),
        quoted(&pkcs12),
        quoted(&pem)
    )
}

fn convert_trust(path: &str) -> String {
    let (pkcs12, pem) = (beside(path, "p12"), beside(path, "pem"));
    format!(
        "ssl.truststore.location {path} is a Java key store (JKS), which is not read. Convert it once:\n{}  openssl \
         pkcs12 -in {} -nokeys -out {}\nand set ssl.truststore.type=PEM and ssl.truststore.location={pem}",
        keytool(path, &pkcs12),
        quoted(&pkcs12),
        quoted(&pem)
    )
}

fn convert_pkcs12_trust(path: &str) -> String {
    let pem = beside(path, "pem");
    format!(
        "ssl.truststore.location {path} is PKCS12; certificates that are trusted are read from PEM alone. Convert it \
         once:\n  openssl pkcs12 -in {} -nokeys -out {}\nand set ssl.truststore.type=PEM and \
         ssl.truststore.location={pem}",
        quoted(path),
        quoted(&pem)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(given: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
        let mut native = BTreeMap::new();
        translate(&given.iter().copied().collect(), &mut native).map(|()| native.into_iter().collect())
    }

    fn file(name: &str, bytes: &[u8]) -> String {
        let folder = std::env::temp_dir().join(format!("millstream-stores-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    #[test]
    fn stores_by_location() {
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        let both = file("both.pem", b"Bag Attributes\n-----BEGIN CERTIFICATE-----\n");
        let pkcs12 = file("keys.jks", &[0x30, 0x82, 1, 2]);
        let want = vec![
            pair("ssl.ca.location", &both),
            pair("ssl.certificate.location", &both),
            pair("ssl.key.location", &both),
        ];
        let given = [("ssl.keystore.location", both.as_str()), ("ssl.truststore.location", &both)];
        assert_eq!(translated(&given), Ok(want.clone()));
        let typed = [("ssl.keystore.type", "PEM"), ("ssl.truststore.type", "pem")];
        assert_eq!(translated(&[given, typed].concat()), Ok(want));
        let given =
            [("ssl.keystore.location", pkcs12.as_str()), ("ssl.keystore.password", "p"), ("ssl.key.password", "q")];
        let want = vec![
            pair("ssl.ca.location", "probe"),
            pair("ssl.key.password", "q"),
            pair("ssl.keystore.location", &pkcs12),
            pair("ssl.keystore.password", "p"),
        ];
        assert_eq!(translated(&given), Ok(want));
    }

    #[test]
    fn what_cannot_be_read_is_told_how_to_convert() {
        let jks = file("my store.jks", &[0xfe, 0xed, 0xfe, 0xed, 0]);
        let pkcs12 = file("trust.p12", &[0x30, 0x82]);
        let other = file("other", b"hello");
        let error = |given: &[(&str, &str)], parts: &[&str]| {
            let error = translated(given).unwrap_err();
            parts.iter().for_each(|part| assert!(error.contains(part), "{error}"));
        };
        let stem = jks.trim_end_matches(".jks");
        let keytool =
            format!("keytool -importkeystore -srckeystore '{jks}' -destkeystore '{stem}.p12' -deststoretype PKCS12");
        error(
            &[("ssl.keystore.location", &jks)],
            &[&keytool, &format!("openssl pkcs12 -in '{stem}.p12' -nodes -out '{stem}.pem'")],
        );
        error(
            &[("ssl.truststore.location", &jks), ("ssl.truststore.type", "JKS")],
            &[&keytool, &format!("openssl pkcs12 -in '{stem}.p12' -nokeys -out '{stem}.pem'")],
        );
        error(&[("ssl.truststore.location", &pkcs12)], &["openssl pkcs12 -in", "-nokeys"]);
        error(&[("ssl.truststore.location", &other), ("ssl.truststore.type", "PEM")], &["is not PEM"]);
        error(&[("ssl.truststore.location", &other)], &["neither PEM nor PKCS12"]);
        error(&[("ssl.keystore.location", "/no/such")], &["/no/such cannot be read"]);
        error(&[("ssl.keystore.type", "BKS"), ("ssl.keystore.location", &other)], &["BKS is not read"]);
        error(&[("ssl.keystore.key", "k")], &["must both be there"]);
    }
}
