//! Who may use a server: names with hashed passwords and roles, from a file as `htpasswd -B` writes it.
//!
//! Each line is `name:HASH` or `name:HASH,role,role`; `#` begins a comment. The hash is bcrypt's, which is slow on purpose:
//! a password that was right once is known again by a digest with a secret of this process.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr as _;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::data_dir::random_u64;

/// A hash for names that do not exist: they must take as long as others.
const NOBODY: &str = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

/// Someone with a password.
#[derive(Debug)]
struct User {
    hash: String,
    roles: Vec<String>,
}

/// The users of a server.
pub(crate) struct Users {
    users: BTreeMap<String, User>,
    secret: [u64; 4],
    /// Digests of passwords that were right, by user: no more than there are users.
    known: Mutex<BTreeMap<String, [u8; 32]>>,
}

impl Users {
    /// Reads a file. Errors: it cannot be read, or a line is not as it should be.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
        Self::parse(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut users = BTreeMap::new();
        let lines =
            text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        for (i, line) in lines {
            let wrong = |what: &str| format!("line {}: {what}", i + 1);
            let (name, rest) = line.split_once(':').ok_or_else(|| wrong("must be NAME:HASH or NAME:HASH,ROLE,…"))?;
            let mut parts = rest.split(',').map(str::trim);
            let hash = parts.next().unwrap_or_default().to_owned();
            if bcrypt::HashParts::from_str(&hash).is_err() {
                return Err(wrong("the password must be a hash of bcrypt, as htpasswd -B makes it"));
            }
            let roles = parts.filter(|role| !role.is_empty()).map(str::to_owned).collect();
            users.insert(name.trim().to_owned(), User { hash, roles });
        }
        let secret = std::array::from_fn(|_| random_u64());
        Ok(Self { users, secret, known: Mutex::default() })
    }

    /// Whether the password was the user's before; `None`: that must be found out with [`Users::verify`].
    pub(crate) fn recognise(&self, name: &str, password: &str) -> Option<&[String]> {
        let user = self.users.get(name)?;
        let digest = self.digest(name, password);
        (self.known.lock().get(name) == Some(&digest)).then_some(&user.roles)
    }

    /// The roles of the user; `None`: there is none of that name, or the password is another. Takes its time: not for the
    /// async threads.
    pub(crate) fn verify(&self, name: &str, password: &str) -> Option<&[String]> {
        let user = self.users.get(name);
        let hash = user.map_or(NOBODY, |user| &user.hash);
        let right = bcrypt::verify(password, hash).unwrap_or(false);
        let user = user.filter(|_| right)?;
        self.known.lock().insert(name.to_owned(), self.digest(name, password));
        Some(&user.roles)
    }

    fn digest(&self, name: &str, password: &str) -> [u8; 32] {
        let mut hasher = Sha256::new();
        self.secret.iter().for_each(|word| hasher.update(word.to_le_bytes()));
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update(password);
        hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_open_to_their_users() {
        let hash = bcrypt::hash("secret", 4).unwrap();
        let users = Users::parse(&format!("# who\nada:{hash}\n\n bob : {hash}, admin ,dev\n")).unwrap();
        assert_eq!(users.recognise("ada", "secret"), None);
        assert_eq!(users.verify("ada", "secret"), Some(&[][..]));
        assert_eq!(users.recognise("ada", "secret"), Some(&[][..]));
        assert_eq!(users.verify("bob", "secret").unwrap(), ["admin", "dev"]);
        assert_eq!((users.verify("ada", "Secret"), users.recognise("ada", "Secret")), (None, None));
        assert_eq!((users.verify("eve", "secret"), users.recognise("eve", "secret")), (None, None));
        assert_eq!(bcrypt::verify("secret", NOBODY).ok(), Some(false));
    }

    #[test]
    fn plain_passwords_are_refused() {
        for (text, part) in
            [("ada:secret", "line 1: the password must be a hash"), ("\nada", "line 2: must be NAME:HASH")]
        {
            assert!(Users::parse(text).err().unwrap().contains(part), "{text}");
        }
    }
}
