//! Topics that a consumer subscribes to, out of the metadata that it joins its group with.

/// The topics of a subscription (`ConsumerProtocolSubscription`: version i16, array of strings, …); `None` when the
/// bytes are something else.
pub(super) fn topics(metadata: &[u8]) -> Option<Vec<String>> {
    let (version, mut rest) = metadata.split_first_chunk::<2>()?;
    if i16::from_be_bytes(*version) < 0 {
        return None;
    }
    let count = i32::from_be_bytes(*take(&mut rest)?);
    let mut topics = Vec::new();
    for _ in 0..u32::try_from(count).ok()? {
        let length = usize::try_from(i16::from_be_bytes(*take(&mut rest)?)).ok()?;
        let (name, after) = rest.split_at_checked(length)?;
        topics.push(std::str::from_utf8(name).ok()?.to_owned());
        rest = after;
    }
    Some(topics)
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::topics;

    #[test]
    fn topics_are_read_and_nonsense_is_not() {
        let good = [&[0, 1, 0, 0, 0, 2, 0, 1][..], b"a", &[0, 2], b"bc", &[0, 0, 0, 0]].concat();
        assert_eq!(topics(&good), Some(vec!["a".to_owned(), "bc".to_owned()]));
        assert_eq!(topics(&[0, 3, 0, 0, 0, 0]), Some(vec![]));
        for bad in [&[][..], &[0], &[255, 255, 0, 0, 0, 0], &[0, 0, 127, 255, 255, 255], &[0, 0, 255, 255, 255, 255]] {
            assert_eq!(topics(bad), None, "{bad:?}");
        }
        assert_eq!(topics(&[0, 0, 0, 0, 0, 1, 0, 1, 255]), None, "not UTF-8");
    }
}
