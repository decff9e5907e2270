//! State on disk: what was applied is there, also after the folder was closed, and an image is found by its name alone.

use crate::{CopyHeader, Disk};

const CACHE: u64 = 8 * 1024 * 1024;

fn value(image: &crate::Image, key: &[u8]) -> Option<Vec<u8>> {
    let mut value = Vec::new();
    image.get(key, &mut value).unwrap().then_some(value)
}

#[test]
fn epochs_are_there_after_the_folder_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    let header = CopyHeader { of: "a changelog".into(), stamp: 9, written_ms: 5 };
    {
        let disk = Disk::open(folder.path(), CACHE).unwrap();
        let (image, other) = (disk.image("one").unwrap(), disk.image("two").unwrap());
        assert_eq!(image.header().unwrap(), None);
        image.apply([(&b"a"[..], Some(&b"1"[..])), (b"b", Some(b"2")), (b"b", Some(b"3"))].into_iter()).unwrap();
        image.stamp(&header).unwrap();
        image.apply([(&b"a"[..], None), (b"c", Some(&b""[..]))].into_iter()).unwrap();
        other.apply([(&b"a"[..], Some(&b"other"[..]))].into_iter()).unwrap();
        let reader = image.clone();
        assert_eq!(value(&reader, b"b"), Some(b"3".to_vec()));
    }
    let disk = Disk::open(folder.path(), CACHE).unwrap();
    let image = disk.image("one").unwrap();
    assert_eq!(image.header().unwrap(), Some(header));
    assert_eq!([b"a", b"b", b"c"].map(|key| value(&image, key)), [None, Some(b"3".to_vec()), Some(vec![])]);
    assert_eq!(value(&disk.image("two").unwrap(), b"a"), Some(b"other".to_vec()));

    image.clear().unwrap();
    assert_eq!((image.header().unwrap(), value(&image, b"b")), (None, None));
    disk.forget("two").unwrap();
    assert_eq!(disk.names(), ["one"]);
    assert_eq!(value(&disk.image("two").unwrap(), b"a"), None);
}

#[test]
fn a_folder_is_one_process_own() {
    let folder = tempfile::tempdir().unwrap();
    let _disk = Disk::open(folder.path(), CACHE).unwrap();
    assert!(Disk::open(folder.path(), CACHE).is_err());
}
