//! The page of the API: the OpenAPI document for people, drawn from the document itself.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde_json::Value;

use super::{Frame, PageError, PageVisitor, page, words};
use crate::admin::api::document::openapi_document;
use crate::admin::console::Console;
use crate::admin::strings::{Markup, t};

#[derive(Template)]
#[template(path = "api.html")]
struct ApiPage {
    frame: Frame,
    version: String,
    groups: Vec<Group>,
    types: Vec<Type>,
}

/// The operations of one tag.
struct Group {
    title: String,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    path: String,
    summary: String,
    permission: String,
    parameters: Vec<Member>,
    body: Option<TypeName>,
    answers: Vec<Answer>,
}

struct Answer {
    status: String,
    description: String,
    /// Each media type with the type of the body.
    forms: Vec<(String, TypeName)>,
}

/// A type of the document, or one alternative of it.
struct Type {
    name: String,
    description: String,
    /// The words that it may be, where it is one of several.
    words: Vec<String>,
    members: Vec<Member>,
    alternatives: Vec<Type>,
}

/// A parameter, or a member of an object.
struct Member {
    name: String,
    /// Where a parameter stands: path, query or header.
    place: String,
    kind: TypeName,
    required: bool,
    description: String,
}

/// The name of a type, and whether the page has it.
struct TypeName {
    form: Form,
    name: String,
    is_listed: bool,
}

/// A value of a type, or several.
enum Form {
    One,
    List,
    Map,
    /// A value of any type.
    Any,
}

/// All operations and types of the API.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    let document = serde_json::to_value(openapi_document()).unwrap_or_default();
    let frame = Frame::of(&console, &visitor, "/api").await;
    let version = text(&document["info"]["version"]);
    page(StatusCode::OK, &ApiPage { frame, version, groups: groups(&document), types: types(&document) })
}

fn groups(document: &Value) -> Vec<Group> {
    let operations: Vec<_> = members(&document["paths"])
        .flat_map(|(path, item)| members(item).map(move |(method, operation)| (path, method, operation)))
        .collect();
    let group = |tag: &Value| Group {
        title: text(&tag["description"]),
        operations: operations
            .iter()
            .filter(|(_, _, operation)| operation["tags"][0] == tag["name"])
            .map(|(path, method, operation)| Operation::of(path, method, operation))
            .collect(),
    };
    list(&document["tags"]).map(group).collect()
}

fn types(document: &Value) -> Vec<Type> {
    members(&document["components"]["schemas"]).map(|(name, schema)| Type::of(name, schema)).collect()
}

impl Operation {
    fn of(path: &str, method: &str, operation: &Value) -> Self {
        let parameter = |parameter: &Value| Member {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            kind: TypeName::of(&parameter["schema"]),
            required: parameter["required"] == true,
            description: text(&parameter["description"]),
        };
        let answer = |(status, answer): (&String, &Value)| Answer {
            status: status.clone(),
            description: text(&answer["description"]),
            forms: members(&answer["content"])
                .map(|(media, content)| (media.clone(), TypeName::of(&content["schema"])))
                .collect(),
        };
        let body = operation.pointer("/requestBody/content/application~1json/schema");
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            permission: text(&operation["x-permission"]),
            parameters: list(&operation["parameters"]).map(parameter).collect(),
            body: body.map(TypeName::of),
            answers: members(&operation["responses"]).map(answer).collect(),
        }
    }
}

impl Type {
    fn of(name: &str, schema: &Value) -> Self {
        let mut one = Self {
            name: name.to_owned(),
            description: text(&schema["description"]),
            words: list(&schema["enum"]).map(text).collect(),
            members: Vec::new(),
            alternatives: Vec::new(),
        };
        one.add(schema);
        one
    }

    /// Adds the members of an object, and of all that it is put together of.
    fn add(&mut self, schema: &Value) {
        let is_required = |name: &String| list(&schema["required"]).any(|one| one == name);
        self.members.extend(members(&schema["properties"]).map(|(name, member)| Member {
            name: name.clone(),
            place: String::new(),
            kind: TypeName::of(member),
            required: is_required(name),
            description: text(&member["description"]),
        }));
        for part in list(&schema["allOf"]) {
            match part["$ref"].as_str() {
                Some(_) => self.members.push(Member {
                    name: String::new(),
                    place: String::new(),
                    kind: TypeName::of(part),
                    required: true,
                    description: String::new(),
                }),
                None => self.add(part),
            }
        }
        for (number, part) in list(&schema["oneOf"]).chain(list(&schema["anyOf"])).enumerate() {
            let named = part["$ref"].as_str().map(last_of);
            let tagged = members(&part["properties"]).find_map(|(_, member)| member["enum"][0].as_str());
            let word = part["enum"][0].as_str().or(tagged).or(named);
            let unnamed = || t!("api-form").number("number", number + 1).to_string();
            self.alternatives.push(Self::of(&word.map_or_else(unnamed, str::to_owned), part));
        }
    }
}

impl TypeName {
    fn of(schema: &Value) -> Self {
        let plain = |form, name: &str| Self { form, name: name.to_owned(), is_listed: false };
        if let Some(reference) = schema["$ref"].as_str() {
            return Self { is_listed: true, ..plain(Form::One, last_of(reference)) };
        }
        // One that may be absent is told by not being required.
        let mut options = list(&schema["oneOf"]).chain(list(&schema["anyOf"]));
        if let Some(option) = options.find(|option| option["type"] != "null") {
            return Self::of(option);
        }
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
            kind => kind.as_str(),
        };
        match kinds {
            Some("array") => Self { form: Form::List, ..Self::of(&schema["items"]) },
            Some("object") if schema["additionalProperties"].is_object() => {
                Self { form: Form::Map, ..Self::of(&schema["additionalProperties"]) }
            }
            Some(kind) => plain(Form::One, schema["format"].as_str().unwrap_or(kind)),
            None => plain(Form::Any, ""),
        }
    }

    /// The name, with a link to where the page has it.
    fn linked(&self) -> Markup {
        let name = match self.is_listed {
            true => Markup::link(&format!("#{}", self.name), &self.name),
            false => Markup::escaped(&self.name),
        };
        match self.form {
            Form::One => name,
            Form::List => t!("api-list-of").markup("type", name).into(),
            Form::Map => t!("api-map-to").markup("type", name).into(),
            Form::Any => t!("api-any-value").into(),
        }
    }
}

fn last_of(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_is_told_by_its_name_and_what_stands_around_it() {
        let told = |schema: Value| TypeName::of(&schema).linked().to_string();
        let plan = json!({ "$ref": "#/components/schemas/Plan" });
        assert_eq!(told(plan.clone()), "<a href=\"#Plan\">Plan</a>");
        assert_eq!(told(json!({ "type": "array", "items": plan })), "list of <a href=\"#Plan\">Plan</a>");
        assert_eq!(told(json!({ "oneOf": [{ "type": "null" }, plan] })), "<a href=\"#Plan\">Plan</a>");
        assert_eq!(told(json!({ "type": ["string", "null"] })), "string");
        assert_eq!(told(json!({ "type": "string", "format": "uuid" })), "uuid");
        assert_eq!(told(json!({})), "any value");
    }

    #[test]
    fn every_operation_and_type_of_the_document_is_on_the_page() {
        let document = serde_json::to_value(openapi_document()).unwrap();
        let shown: usize = groups(&document).iter().map(|group| group.operations.len()).sum();
        let all: usize = members(&document["paths"]).map(|(_, item)| members(item).count()).sum();
        assert_eq!(shown, all);
        assert!(types(&document).iter().any(|one| one.name == "HealOutcome" && one.alternatives.len() > 5));
    }
}
