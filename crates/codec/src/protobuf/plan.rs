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
    Map(FieldType, Single),
    /// A field of a oneof, which is a struct or null: its place there.
    Member(usize, Single),
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
    for (name, fields) in proto.message(id).unions() {
        let Some((target, SqlType::Struct(members))) = claim(&name, targets, &mut taken) else { continue };
        let members: Vec<(&str, &SqlType)> = members.iter().map(|f| (f.name.as_str(), &f.ty)).collect();
        let mut taken = vec![false; members.len()];
        for field in fields {
            let Some((member, ty)) = claim(&field.name, &members, &mut taken) else { continue };
            let shape = Shape::Member(member, single(proto, field, ty, depth));
            plan.fields.push(FieldPlan { number: field.number.into(), name: field.name.clone(), target, shape });
        }
    }
    for field in proto.message(id).fields.iter().filter(|field| field.oneof.is_none()) {
        let Some((target, ty)) = claim(&field.name, targets, &mut taken) else { continue };
        plan.fields.push(of_field(proto, field, ty, target, depth));
    }
    plan.fields.sort_by_key(|f| f.number);
    plan
}

/// The target of that name that nothing goes to so far: of its very name, else of its name in any case.
fn claim<'t>(name: &str, targets: &[(&str, &'t SqlType)], taken: &mut [bool]) -> Option<(usize, &'t SqlType)> {
    let upper = name.to_uppercase();
    let exact = targets.iter().position(|(target, _)| *target == name);
    let found = exact.or_else(|| targets.iter().position(|(target, _)| target.to_uppercase() == upper))?;
    let free = taken.get_mut(found).filter(|taken| !**taken)?;
    *free = true;
    targets.get(found).map(|(_, ty)| (found, *ty))
}

fn of_field(proto: &Proto, field: &Field, ty: &SqlType, target: usize, depth: usize) -> FieldPlan {
    let shape = match (field.ty, field.label, ty) {
        (FieldType::Message(entry), _, SqlType::Map(_, value)) if proto.message(entry).map_entry => {
            match proto.message(entry).fields.as_slice() {
                [key, of_value] => Shape::Map(key.ty, single(proto, of_value, value, depth)),
                _ => Shape::Map(FieldType::String, Single::Clash),
            }
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
