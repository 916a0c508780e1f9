//! One source file with its mutants in it: each where it was, behind `crate::mutant::on(NUMBER)`.
//!
//! Operands are evaluated once, in their order, whatever is chosen; `match` and not `let`, because
//! what its scrutinee borrows from lives until its end.

use std::collections::BTreeMap;

use proc_macro2::{LineColumn, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Arm, BinOp, Block, Expr, ImplItemFn, ItemFn, Pat, PatGuard, Stmt, TraitItemFn, UnOp, parse_quote};

/// Line (from 1) and column (from 1), as `cargo mutants` counts.
pub type Place = (usize, usize);

pub struct Mutant {
    pub number: usize,
    pub genre: String,
    pub replacement: String,
}

/// Puts mutants where they belong, and takes them off the list.
pub struct Switch {
    pub waiting: BTreeMap<Place, Vec<Mutant>>,
    /// Those that do not compile.
    pub none: Vec<usize>,
}

fn place(at: LineColumn) -> Place {
    (at.line, at.column + 1)
}

impl Switch {
    fn take(&mut self, at: LineColumn, genre: &str) -> Vec<Mutant> {
        let Some(here) = self.waiting.get_mut(&place(at)) else { return Vec::new() };
        let (taken, left) = std::mem::take(here).into_iter().partition(|mutant| mutant.genre == genre);
        *here = left;
        taken
    }

    fn body(&mut self, block: &mut Block) {
        let Some(first) = block.stmts.first() else { return };
        let mutants = self.take(first.span().start(), "FnValue");
        visit_mut::visit_block_mut(self, block);
        let (iterators, values): (Vec<_>, Vec<_>) =
            mutants.into_iter().partition(|mutant| mutant.replacement.starts_with("::std::iter::"));
        if let Some(Stmt::Expr(last, None)) = block.stmts.last_mut() {
            for mutant in &iterators {
                *last = other_items(last, mutant);
            }
        }
        let early = values.into_iter().map(|Mutant { number, replacement, .. }| -> Stmt {
            let value: TokenStream = replacement.parse().expect("cargo-mutants writes Rust");
            parse_quote!(if crate::mutant::on(#number) { return #value; })
        });
        block.stmts.splice(0..0, early.collect::<Vec<_>>());
    }
}

/// An iterator's type has to stay what it is, whatever is chosen: none of its items, and perhaps another one.
fn other_items(iterator: &Expr, Mutant { number, replacement, .. }: &Mutant) -> Expr {
    let none: Expr = parse_quote!((#iterator).take(if crate::mutant::on(#number) { 0 } else { usize::MAX }));
    match replacement.strip_prefix("::std::iter::once(").and_then(|rest| rest.strip_suffix(')')) {
        None => none,
        Some(item) => {
            let item: TokenStream = item.parse().expect("cargo-mutants writes Rust");
            parse_quote!((#none).chain(if crate::mutant::on(#number) { Some(#item) } else { None }))
        }
    }
}

/// `if on(1) { first } else if on(2) { second } else { as it was }`
fn choice(mutants: &[Mutant], otherwise: Expr, mutated: impl Fn(&str) -> Expr) -> Expr {
    mutants.iter().rev().fold(otherwise, |otherwise, Mutant { number, replacement, .. }| {
        let this = mutated(replacement);
        parse_quote!(if crate::mutant::on(#number) { #this } else { #otherwise })
    })
}

fn operator(text: &str) -> BinOp {
    syn::parse_str(text).expect("an operator")
}

fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) => matches!(binary.op, BinOp::And(_)) && (has_let(&binary.left) || has_let(&binary.right)),
        _ => false,
    }
}

impl VisitMut for Switch {
    fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
        self.body(&mut item.block);
    }

    fn visit_impl_item_fn_mut(&mut self, item: &mut ImplItemFn) {
        self.body(&mut item.block);
    }

    fn visit_trait_item_fn_mut(&mut self, item: &mut TraitItemFn) {
        if let Some(block) = &mut item.default {
            self.body(block);
        }
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let deleted = self.take(arm.span().start(), "MatchArm");
        let guards = match &arm.pat {
            Pat::Guard(guarded) => self.take(guarded.guard.span().start(), "MatchArmGuard"),
            _ => Vec::new(),
        };
        visit_mut::visit_arm_mut(self, arm);
        let (pat, mut guard) = match &arm.pat {
            Pat::Guard(guarded) => (guarded.pat.clone(), Some((*guarded.guard).clone())),
            pat => (Box::new(pat.clone()), None),
        };
        for Mutant { number, replacement, .. } in guards {
            guard = match &*replacement {
                "true" => Some(parse_quote!(crate::mutant::on(#number) || (#guard))),
                "false" => Some(parse_quote!(!crate::mutant::on(#number) && (#guard))),
                other => panic!("a guard that becomes {other}"),
            };
        }
        for Mutant { number, .. } in deleted {
            guard = match guard {
                Some(guard) => Some(parse_quote!(!crate::mutant::on(#number) && (#guard))),
                None => Some(parse_quote!(!crate::mutant::on(#number))),
            };
        }
        if let Some(guard) = guard {
            arm.pat =
                Pat::Guard(PatGuard { attrs: Vec::new(), pat, if_token: Default::default(), guard: Box::new(guard) });
        }
    }

    fn visit_expr_struct_mut(&mut self, expr: &mut syn::ExprStruct) {
        let rest = expr.rest.clone();
        for field in &mut expr.fields {
            // `..rest` gives what a field has that is not written.
            for Mutant { number, .. } in self.take(field.span().start(), "StructField") {
                let (member, value) = (&field.member, &field.expr);
                field.expr = parse_quote!(if crate::mutant::on(#number) { (#rest).#member } else { #value });
                field.colon_token = Some(Default::default());
            }
        }
        visit_mut::visit_expr_struct_mut(self, expr);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let mutants = match expr {
            // A chain of `let` has nothing but `&&`: what is made of it by another operator, nobody compiles.
            Expr::Binary(binary) if has_let(&binary.left) || has_let(&binary.right) => {
                let mutants = self.take(binary.op.span().start(), "BinaryOperator");
                self.none.extend(mutants.iter().map(|mutant| mutant.number));
                Vec::new()
            }
            Expr::Binary(binary) => self.take(binary.op.span().start(), "BinaryOperator"),
            Expr::Unary(unary) => self.take(unary.op.span().start(), "UnaryOperator"),
            _ => Vec::new(),
        };
        visit_mut::visit_expr_mut(self, expr);
        if mutants.is_empty() {
            return;
        }
        *expr = match &*expr {
            Expr::Binary(binary) => switched(binary, &mutants),
            Expr::Unary(unary) => {
                let (op, operand): (&UnOp, &Expr) = (&unary.op, &unary.expr);
                let chosen = choice(&mutants, parse_quote!(#op operand), |_| parse_quote!(operand));
                parse_quote!((match #operand { operand => #chosen }))
            }
            _ => unreachable!("only these were taken"),
        };
    }
}

fn switched(binary: &syn::ExprBinary, mutants: &[Mutant]) -> Expr {
    let (left, op, right) = (&binary.left, &binary.op, &binary.right);
    match op {
        BinOp::And(_) | BinOp::Or(_) => {
            let [Mutant { number, replacement, .. }] = mutants else {
                panic!("several mutants of {}", op.to_token_stream())
            };
            let is_or = matches!(op, BinOp::Or(_));
            assert_eq!(replacement, if is_or { "&&" } else { "||" });
            // What the left side has to be for the right side to be left out, and to be the value.
            parse_quote!((match (#left, crate::mutant::on(#number) != #is_or) { (left, ends) => if left == ends { ends } else { #right } }))
        }
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
            let chosen = choice(mutants, parse_quote!(*left #op *right), |text| {
                let op = operator(text);
                parse_quote!(*left #op *right)
            });
            parse_quote!((match (&(#left), &(#right)) { (left, right) => #chosen }))
        }
        BinOp::Add(_)
        | BinOp::Sub(_)
        | BinOp::Mul(_)
        | BinOp::Div(_)
        | BinOp::Rem(_)
        | BinOp::BitAnd(_)
        | BinOp::BitOr(_)
        | BinOp::BitXor(_)
        | BinOp::Shl(_)
        | BinOp::Shr(_) => {
            let chosen = choice(mutants, parse_quote!(left #op right), |text| {
                let op = operator(text);
                parse_quote!(left #op right)
            });
            parse_quote!((match (#left, #right) { (left, right) => #chosen }))
        }
        // `a += b`
        _ => {
            let chosen = choice(mutants, parse_quote!(#left #op right), |text| {
                let op = operator(text);
                parse_quote!(#left #op right)
            });
            parse_quote!((match #right { right => #chosen }))
        }
    }
}

/// The file's text with all mutants of `waiting` in it that have a place.
pub fn file(text: &str, switch: &mut Switch) -> String {
    let mut file = syn::parse_file(text).expect("the source is Rust");
    switch.visit_file_mut(&mut file);
    prettyplease::unparse(&file)
}
