//! The modules of the library and what their names mean, read from the sources.

use std::collections::BTreeMap;
use syn::{Attribute, Item, UseTree, Visibility};

/// Texts of sources by their paths, such as `src/draw/mod.rs`.
pub type Sources = BTreeMap<String, String>;
/// `crate::draw::canvas` as `["draw", "canvas"]`; the segments of any other path.
pub type Path = Vec<String>;

/// A module, in a file of its own or inside another's.
pub struct Module {
    pub path: Path,
    pub file: String,
    pub items: Vec<Item>,
    names: BTreeMap<String, Vec<Name>>,
    globs: Vec<Path>,
}

/// What a name in a module stands for; one name may be a module and a function.
enum Name {
    Item,
    Module,
    Use(Path),
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Module(Path),
    Item { file: String, name: String },
}

/// One name of a `use`.
pub struct Import {
    pub path: Path,
    /// `*` for all that is there, `_` for none.
    pub name: String,
    pub is_public: bool,
}

pub struct Tree {
    pub modules: BTreeMap<Path, Module>,
}

/// More re-exports of re-exports are a circle among them.
const MOST_HOPS: usize = 16;

impl Tree {
    /// Reads `src/lib.rs` and all modules below it.
    pub fn read(sources: &Sources) -> Self {
        let mut tree = Self { modules: BTreeMap::new() };
        tree.add_file(sources, Path::new(), "src/lib.rs");
        tree
    }

    fn add_file(&mut self, sources: &Sources, path: Path, file: &str) {
        let text = sources.get(file).unwrap_or_else(|| panic!("no source {file}"));
        let items = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}")).items;
        self.add(sources, path, file, items);
    }

    fn add(&mut self, sources: &Sources, path: Path, file: &str, items: Vec<Item>) {
        let mut module = Module {
            path: path.clone(),
            file: file.to_owned(),
            items: Vec::new(),
            names: BTreeMap::new(),
            globs: Vec::new(),
        };
        for item in items {
            let Item::Mod(child) = item else {
                module.declare(&item);
                module.items.push(item);
                continue;
            };
            if child.attrs.iter().any(is_for_tests) {
                continue;
            }
            let name = child.ident.to_string();
            module.names.entry(name.clone()).or_default().push(Name::Module);
            let child_path = [path.as_slice(), std::slice::from_ref(&name)].concat();
            match child.content {
                Some((_, items)) => self.add(sources, child_path, file, items),
                None => self.add_file(sources, child_path, &child_file(sources, file, &name)),
            }
        }
        self.modules.insert(path, module);
    }

    /// Everything that a path may lead to, seen from a module; nothing for what is outside of the library.
    pub fn resolve(&self, from: &[String], path: &[String]) -> Vec<Target> {
        self.resolve_within(from, path, MOST_HOPS)
    }

    fn resolve_within(&self, from: &[String], path: &[String], hops: usize) -> Vec<Target> {
        let Some((first, rest)) = path.split_first().filter(|_| hops > 0) else { return Vec::new() };
        let start = match first.as_str() {
            "crate" => vec![Target::Module(Path::new())],
            "self" => vec![Target::Module(from.to_vec())],
            "super" => vec![Target::Module(from[..from.len().saturating_sub(1)].to_vec())],
            name => self.look_up(from, name, hops),
        };
        rest.iter().fold(start, |targets, name| {
            let next = places(targets).into_iter().flat_map(|target| match target {
                Target::Module(module) if name == "super" => {
                    vec![Target::Module(module[..module.len().saturating_sub(1)].to_vec())]
                }
                Target::Module(module) => self.look_up(&module, name, hops),
                // A variant, a constant or a function of a type.
                item @ Target::Item { .. } => vec![item],
            });
            next.collect()
        })
    }

    fn look_up(&self, module: &[String], name: &str, hops: usize) -> Vec<Target> {
        let Some(module) = self.modules.get(module) else { return Vec::new() };
        let named = module.names.get(name).into_iter().flatten().flat_map(|meaning| match meaning {
            Name::Item => vec![Target::Item { file: module.file.clone(), name: name.to_owned() }],
            Name::Module => vec![Target::Module([module.path.as_slice(), &[name.to_owned()]].concat())],
            Name::Use(path) => self.resolve_within(&module.path, path, hops - 1),
        });
        let by_glob = module.globs.iter().flat_map(|path| {
            let there = self.resolve_within(&module.path, path, hops - 1).into_iter();
            there.flat_map(|target| match target {
                Target::Module(other) if other != module.path => self.look_up(&other, name, hops - 1),
                Target::Module(_) => Vec::new(),
                item @ Target::Item { .. } => vec![item],
            })
        });
        let mut all: Vec<Target> = named.chain(by_glob).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// Where a path may go on: of a module and a function of one name, the module.
fn places(targets: Vec<Target>) -> Vec<Target> {
    let (modules, items): (Vec<_>, Vec<_>) =
        targets.into_iter().partition(|target| matches!(target, Target::Module(_)));
    if modules.is_empty() { items } else { modules }
}

impl Module {
    fn declare(&mut self, item: &Item) {
        if let Item::Use(item) = item {
            for import in imports(&item.tree, &item.vis) {
                match import.name.as_str() {
                    "*" => self.globs.push(import.path),
                    "_" => {}
                    _ => self.names.entry(import.name).or_default().push(Name::Use(import.path)),
                }
            }
        }
        if let Some(name) = name_of(item) {
            self.names.entry(name).or_default().push(Name::Item);
        }
    }

    /// The names that the module has from elsewhere.
    pub fn imports(&self) -> Vec<Import> {
        let uses = self.items.iter().filter_map(|item| if let Item::Use(item) = item { Some(item) } else { None });
        uses.flat_map(|item| imports(&item.tree, &item.vis)).collect()
    }
}

/// The names of a `use`, one by one.
pub fn imports(tree: &UseTree, visibility: &Visibility) -> Vec<Import> {
    let mut found = Vec::new();
    gather(tree, &mut Path::new(), &mut |path, name| {
        found.push(Import { path, name, is_public: !matches!(visibility, Visibility::Inherited) });
    });
    found
}

fn gather(tree: &UseTree, above: &mut Path, add: &mut dyn FnMut(Path, String)) {
    let within = |above: &Path, name: &str| [above.as_slice(), &[name.to_owned()]].concat();
    match tree {
        UseTree::Path(path) => {
            above.push(path.ident.to_string());
            gather(&path.tree, above, add);
            above.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| gather(tree, above, add)),
        UseTree::Glob(_) => add(above.clone(), "*".to_owned()),
        UseTree::Name(name) if name.ident == "self" => add(above.clone(), above.last().cloned().unwrap_or_default()),
        UseTree::Name(name) => add(within(above, &name.ident.to_string()), name.ident.to_string()),
        UseTree::Rename(rename) if rename.ident == "self" => add(above.clone(), rename.rename.to_string()),
        UseTree::Rename(rename) => add(within(above, &rename.ident.to_string()), rename.rename.to_string()),
    }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// `#[cfg(test)]`
pub fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|what| what == "test")
}

/// The file of `mod name;` in a file.
fn child_file(sources: &Sources, parent: &str, name: &str) -> String {
    let (folder, stem) = parent.rsplit_once('/').unwrap_or_default();
    let folder = match stem {
        "lib.rs" | "mod.rs" => folder.to_owned(),
        stem => format!("{folder}/{}", stem.trim_end_matches(".rs")),
    };
    let [flat, deep] = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")];
    if sources.contains_key(&flat) { flat } else { deep }
}
