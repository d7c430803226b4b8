//! Which file needs which, and what of it.

use crate::tree::{Module, Path, Target, Tree, imports, is_for_tests};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// What the code says, besides what it defines.
#[derive(Default)]
pub struct Arrows {
    /// From file to file, and the names that lead there.
    pub between: BTreeMap<(String, String), BTreeSet<String>>,
    /// Every path in each file, of the library's own names and of others.
    pub mentions: BTreeSet<(String, Path)>,
}

impl Arrows {
    /// A module that re-exports needs nothing of what it passes on, unless it says the name again.
    pub fn of(tree: &Tree) -> Self {
        let mut arrows = Self::default();
        for module in tree.modules.values() {
            for import in module.imports() {
                arrows.mentions.insert((module.file.clone(), import.path.clone()));
                if !import.is_public {
                    arrows.add(tree, module, &import.path);
                }
            }
            let mut code = Code::default();
            let own = module.items.iter().filter(|item| !matches!(item, syn::Item::Use(_)));
            own.for_each(|item| code.visit_item(item));
            for path in code.paths {
                arrows.add(tree, module, &path);
                arrows.mentions.insert((module.file.clone(), path));
            }
        }
        arrows
    }

    fn add(&mut self, tree: &Tree, module: &Module, path: &[String]) {
        for target in tree.resolve(&module.path, path) {
            let Target::Item { file, name } = target else { continue };
            if file != module.file {
                self.between.entry((module.file.clone(), file)).or_default().insert(name);
            }
        }
    }
}

/// The paths in the code of a module.
#[derive(Default)]
struct Code {
    paths: BTreeSet<Path>,
}

impl Code {
    /// A single small name may be a variable; it counts where it is called.
    fn add(&mut self, path: Path, is_called: bool) {
        let is_type = path[0].starts_with(|first: char| first.is_uppercase());
        if path.len() > 1 || is_type || is_called {
            self.paths.insert(path);
        }
    }

    /// Paths in what a macro is given: `name::name`, or a single name of a type.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Path::new();
        let mut colons = 0;
        let flush = |path: &mut Path, code: &mut Self| {
            if !path.is_empty() {
                code.add(std::mem::take(path), false);
            }
        };
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        flush(&mut path, self);
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                other => {
                    flush(&mut path, self);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        flush(&mut path, self);
    }
}

fn path_of(path: &syn::Path) -> Path {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

impl<'a> Visit<'a> for Code {
    /// Those of a module are its imports; this one is in a function.
    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.paths.extend(imports(&item.tree, &item.vis).into_iter().map(|import| import.path));
    }

    fn visit_item(&mut self, item: &'a syn::Item) {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        self.add(path_of(path), false);
        visit::visit_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
        if let syn::Expr::Path(function) = call.func.as_ref() {
            self.add(path_of(&function.path), true);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        let mut name = path_of(&call.path);
        if let Some(last) = name.last_mut() {
            last.push('!');
        }
        self.paths.insert(name);
        self.add(path_of(&call.path), true);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'a syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}
