//! How the messages of one writer are read into the columns that are used.

use millstream_schemas::proto::{Field, FieldType, Label, Meaning, MessageId, Proto, meaning};
use millstream_types::SqlType;

/// Messages within each other that are followed while a schema is laid out; types that contain themselves are not read.
const DEPTH_MAX: usize = 64;

/// How a message is read as a row or struct.
#[derive(Debug, Default)]
pub(super) struct MessagePlan {
    /// By number.
    pub(super) fields: Vec<FieldPlan>,
}

impl MessagePlan {
    /// The field of that number.
    #[inline]
    pub(super) fn find(&self, number: u64) -> Option<&FieldPlan> {
        let at = self.fields.binary_search_by_key(&number, |f| f.number).ok()?;
        self.fields.get(at)
    }
}

/// How a field is read.
#[derive(Debug)]
pub(super) struct FieldPlan {
    pub(super) number: u64,
    pub(super) name: String,
    /// The column or field that it goes to.
    pub(super) target: usize,
    pub(super) shape: Shape,
}

/// How often a field is there, and what it is when it is not.
#[derive(Debug)]
pub(super) enum Shape {
    /// Its default.
    Implicit(Single),
    /// Null.
    Optional(Single),
    /// An empty list.
    List(Single),
    /// An empty map: how keys and values are read.
    Map(Single),
}

/// How one value is read.
#[derive(Debug)]
pub(super) enum Single {
    Scalar(FieldType),
    /// Its names by number; the first is the default.
    Enum(Vec<(String, i32)>),
    Message(MessagePlan),
    Timestamp,
    Date,
    Time,
    Decimal,
    /// A message around one scalar.
    Wrapper(FieldType),
    /// A message around one list or map, which stands for one within another.
    Nested(Box<FieldPlan>),
    /// It does not go into that column.
    Clash,
}

/// How a message is read into these columns: by their names in any case, the first match of each.
pub(super) fn message(proto: &Proto, id: MessageId, targets: &[(&str, &SqlType)], depth: usize) -> MessagePlan {
    let mut plan = MessagePlan::default();
    let mut taken = vec![false; targets.len()];
    if depth > DEPTH_MAX {
        return plan;
    }
    for field in &proto.message(id).fields {
        let upper = field.name.to_uppercase();
        let exact = targets.iter().position(|(name, _)| *name == field.name);
        let found = exact.or_else(|| targets.iter().position(|(name, _)| name.to_uppercase() == upper));
        let Some((target, (_, ty))) = found.and_then(|i| Some((i, targets.get(i)?))) else { continue };
        let Some(free) = taken.get_mut(target).filter(|taken| !**taken) else { continue };
        *free = true;
        plan.fields.push(of_field(proto, field, ty, target, depth));
    }
    plan.fields.sort_by_key(|f| f.number);
    plan
}

fn of_field(proto: &Proto, field: &Field, ty: &SqlType, target: usize, depth: usize) -> FieldPlan {
    let shape = match (field.ty, field.label, ty) {
        (FieldType::Message(entry), _, SqlType::Map(_, value)) if proto.message(entry).map_entry => {
            let of_value = proto.message(entry).fields.get(1);
            Shape::Map(of_value.map_or(Single::Clash, |f| single(proto, f, value, depth)))
        }
        (_, Label::Repeated, SqlType::Array(item)) => Shape::List(single(proto, field, item, depth)),
        (_, Label::Repeated, _) => Shape::List(Single::Clash),
        (_, Label::Implicit, ty) => Shape::Implicit(single(proto, field, ty, depth)),
        (_, Label::Optional, ty) => Shape::Optional(single(proto, field, ty, depth)),
    };
    FieldPlan { number: field.number.into(), name: field.name.clone(), target, shape }
}

fn single(proto: &Proto, field: &Field, ty: &SqlType, depth: usize) -> Single {
    match field.ty {
        FieldType::Enum(id) if *ty == SqlType::String => Single::Enum(proto.enum_type(id).values.clone()),
        FieldType::Message(id) => of_message(proto, id, ty, depth),
        scalar if fits(scalar, ty) => Single::Scalar(scalar),
        _ => Single::Clash,
    }
}

fn of_message(proto: &Proto, id: MessageId, ty: &SqlType, depth: usize) -> Single {
    let fields = &proto.message(id).fields;
    match (meaning(&proto.message(id).full_name), ty) {
        (Meaning::Timestamp, SqlType::Timestamp | SqlType::Bigint) => Single::Timestamp,
        (Meaning::Date, SqlType::Date | SqlType::Integer) => Single::Date,
        (Meaning::Time, SqlType::Time | SqlType::Integer) => Single::Time,
        (Meaning::Decimal, SqlType::Decimal { .. }) => Single::Decimal,
        (Meaning::Wrapper, ty) => match fields.first() {
            Some(field) if fits(field.ty, ty) => Single::Wrapper(field.ty),
            _ => Single::Clash,
        },
        (Meaning::Struct, SqlType::Struct(targets)) => {
            let targets: Vec<(&str, &SqlType)> = targets.iter().map(|f| (f.name.as_str(), &f.ty)).collect();
            Single::Message(message(proto, id, &targets, depth + 1))
        }
        (Meaning::Struct, SqlType::Array(_) | SqlType::Map(..)) => match fields.as_slice() {
            [field] if field.name == "value" && depth <= DEPTH_MAX => {
                Single::Nested(Box::new(of_field(proto, field, ty, 0, depth + 1)))
            }
            _ => Single::Clash,
        },
        _ => Single::Clash,
    }
}

/// Whether a scalar goes into a column of that type.
fn fits(scalar: FieldType, ty: &SqlType) -> bool {
    use FieldType::{
        Bool, Bytes, Double, Fixed32, Fixed64, Float, Int32, Int64, Message, Sfixed32, Sfixed64, Sint32, Sint64,
        Uint32, Uint64,
    };
    match (scalar, ty) {
        (Message(_), _) | (Bytes, SqlType::String) => false,
        (_, SqlType::String) => true,
        (Bool, ty) => *ty == SqlType::Boolean,
        (Int32 | Sint32 | Sfixed32, ty) => matches!(ty, SqlType::Integer | SqlType::Bigint),
        (Int64 | Sint64 | Sfixed64 | Uint32 | Uint64 | Fixed32 | Fixed64, ty) => *ty == SqlType::Bigint,
        (Double | Float, ty) => *ty == SqlType::Double,
        (Bytes, ty) => *ty == SqlType::Bytes,
        _ => false,
    }
}
