//! What an evaluation may cost: steps and bytes, so that no expression runs for ever or takes all memory.
//!
//! The interpreter cannot be stopped, so expressions are written anew when they are compiled: loops count their rounds, and
//! what can be large is weighed where it is copied or looked through. Once nothing is left, every loop ends at its next round.

use std::cell::Cell;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, MapExpr, SelectExpr, operators,
};
use cel::common::types::{CelBytes, CelInt, CelList, CelMap, CelString, DYN_TYPE, INT_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError, IdedExpr};

use super::functions;

/// What one evaluation may cost, about in bytes.
const COST_MAX: u64 = 32 << 20;
/// What a node of an expression costs each time, and a value beside its text.
const NODE_COST: u64 = 64;
/// Nodes that are not weighed outside of loops: so few copy a record a few times at most.
const FREE_NODES_MAX: usize = 40;
/// Levels of an expression.
pub(super) const LEVELS_MAX: usize = 100;

/// Charges a round of a loop, and gives its second argument.
const ROUND: &str = "@round";
/// Charges a value, and gives it.
const WEIGH: &str = "@weigh";
/// Functions of the library for which there are bounded ones, called `@` and their name.
pub(super) const BOUNDED: &[&str] = &["replace", "join", "split", "indexOf", "lastIndexOf", "matches"];
thread_local! {
    /// What is left for the evaluation under way.
    static LEFT: Cell<u64> = const { Cell::new(COST_MAX) };
}

/// Runs an evaluation within the limits. None: it went beyond them.
pub(super) fn within<T>(run: impl FnOnce() -> T) -> Option<T> {
    LEFT.set(COST_MAX);
    let result = run();
    // An error inside `||` is passed over; that there is nothing left is not.
    (LEFT.get() > 0).then_some(result)
}

/// What is said of an evaluation that went beyond the limits.
pub(super) const BEYOND: &str = "more steps or larger values than an expression may have";

/// Takes a cost off what is left.
pub(super) fn charge(cost: u64) -> Result<(), ExecutionError> {
    let left = LEFT.get().saturating_sub(cost);
    LEFT.set(left);
    if left > 0 { Ok(()) } else { Err(ExecutionError::function_error("limits", BEYOND)) }
}

/// Adds the functions that count.
pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload(ROUND, "@round(int, dyn)", vec![INT_TYPE, DYN_TYPE], round)?;
    env.add_overload(WEIGH, "@weigh(dyn)", vec![DYN_TYPE], weigh)
}

fn round<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let mut args = args.into_iter();
    let nodes = args.next().and_then(|it| it.downcast_ref::<CelInt>().map(|it| *it.inner()));
    charge(NODE_COST * u64::try_from(nodes.unwrap_or(1)).unwrap_or(1))?;
    args.next().ok_or(ExecutionError::MissingArgumentOrTarget)
}

fn weigh<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = args.into_iter().next().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    charge_value(value.as_ref())?;
    Ok(value)
}

/// Takes the size of a value off, part by part, so that counting ends where nothing is left.
fn charge_value(value: &dyn Val) -> Result<(), ExecutionError> {
    if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        return charge(NODE_COST + size(text.inner().len()));
    }
    charge(NODE_COST)?;
    if let Some(bytes) = value.downcast_ref::<CelBytes<'_>>() {
        return charge(size(bytes.inner().len()));
    }
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        return list.inner().iter().try_for_each(|it| charge_value(it.as_ref()));
    }
    if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        return map.inner().values().try_for_each(|it| {
            charge(NODE_COST)?;
            charge_value(it.as_ref())
        });
    }
    Ok(())
}

pub(super) fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// Levels of an expression.
pub(super) fn levels(node: &IdedExpr) -> usize {
    1 + children(node).into_iter().map(levels).max().unwrap_or_default()
}

fn nodes(node: &IdedExpr) -> usize {
    1 + children(node).into_iter().map(nodes).sum::<usize>()
}

/// The expressions directly inside one.
pub(super) fn children(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Select(select) => vec![&*select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Struct(it) => it.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Comprehension(it) => {
            vec![&it.iter_range, &it.accu_init, &it.loop_cond, &it.loop_step, &it.result]
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}

fn of_entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        EntryExpr::StructField(field) => vec![&field.value],
    }
}

/// An expression that counts what it costs, and gives the same.
pub(super) fn bounded(node: &IdedExpr) -> IdedExpr {
    let is_weighed = nodes(node) > FREE_NODES_MAX;
    Rewrite { is_weighed, short: Vec::new() }.at(node)
}

struct Rewrite {
    /// Whether what calls take is weighed.
    is_weighed: bool,
    /// Variables that stand for literals.
    short: Vec<String>,
}

impl Rewrite {
    fn at(&mut self, node: &IdedExpr) -> IdedExpr {
        let expr = match &node.expr {
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(it) => Expr::Comprehension(Box::new(self.comprehension(it))),
            Expr::Select(select) => Expr::Select(SelectExpr {
                operand: Box::new(self.at(&select.operand)),
                field: select.field.clone(),
                test: select.test,
            }),
            Expr::List(list) => {
                let mut list = list.clone();
                list.elements = list.elements.iter().map(|it| self.weighed(it)).collect();
                Expr::List(list)
            }
            Expr::Map(map) => Expr::Map(self.map(map)),
            other => other.clone(),
        };
        IdedExpr { id: node.id, expr }
    }

    fn call(&mut self, call: &CallExpr) -> Expr {
        let name = call.func_name.as_str();
        let passes_on = matches!(
            name,
            operators::LOGICAL_AND
                | operators::LOGICAL_OR
                | operators::LOGICAL_NOT
                | operators::CONDITIONAL
                | operators::NOT_STRICTLY_FALSE
        );
        let is_index = matches!(name, operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT);
        let mut operand = |at: usize, it: &IdedExpr| {
            let is_looked_through = self.is_weighed && !passes_on && !(is_index && at == 0);
            if is_looked_through { self.weighed(it) } else { self.at(it) }
        };
        let target = call.target.as_deref().map(|it| match &it.expr {
            // The beginning of a name, such as `optional.of`.
            Expr::Ident(name) if name == "optional" => it.clone(),
            _ => operand(1, it),
        });
        let args: Vec<IdedExpr> = call.args.iter().enumerate().map(|(at, it)| operand(at, it)).collect();
        if BOUNDED.contains(&name) {
            return function(&format!("@{name}"), target.into_iter().chain(args).collect());
        }
        Expr::Call(CallExpr { func_name: call.func_name.clone(), target: target.map(Box::new), args })
    }

    fn map(&mut self, map: &MapExpr) -> MapExpr {
        let mut map = map.clone();
        for entry in &mut map.entries {
            if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                entry.key = self.weighed(&entry.key);
                entry.value = self.weighed(&entry.value);
            }
        }
        map
    }

    fn comprehension(&mut self, it: &ComprehensionExpr) -> ComprehensionExpr {
        let is_short =
            matches!(&it.iter_range.expr, Expr::List(list) if list.elements.iter().all(is_literal));
        let iter_range = if is_short { it.iter_range.clone() } else { self.weighed(&it.iter_range) };
        let accu_init = self.at(&it.accu_init);
        let (was_weighed, known) = (self.is_weighed, self.short.clone());
        self.is_weighed = true;
        self.short.retain(|name| *name != it.iter_var && *name != it.accu_var);
        if is_short {
            self.short.push(it.iter_var.clone());
        }
        let cost = i64::try_from(nodes(&it.loop_step) + nodes(&it.loop_cond)).unwrap_or(i64::MAX);
        let (mut loop_cond, mut loop_step) = (self.at(&it.loop_cond), self.at(&it.loop_step));
        let result = self.at(&it.result);
        // Lists grow in place only where the step looks as it does: then what is added to them counts.
        match added(&mut loop_step).filter(|_| matches!(it.loop_cond.expr, Expr::Literal(_))) {
            Some(added) => *added = counted(cost, std::mem::take(added)),
            None => loop_cond = counted(cost, loop_cond),
        }
        (self.is_weighed, self.short) = (was_weighed, known);
        ComprehensionExpr { iter_range, accu_init, loop_cond, loop_step, result, ..it.clone() }
    }

    fn weighed(&mut self, node: &IdedExpr) -> IdedExpr {
        let inner = self.at(node);
        if !self.may_be_large(node) {
            return inner;
        }
        IdedExpr { id: node.id, expr: function(WEIGH, vec![inner]) }
    }

    fn may_be_large(&self, node: &IdedExpr) -> bool {
        match &node.expr {
            Expr::Literal(_) => false,
            Expr::Ident(name) => !name.starts_with('@') && !self.short.contains(name),
            Expr::Select(select) => !select.test,
            Expr::Call(call) => {
                let name = call.func_name.as_str();
                let is_name = name.starts_with(char::is_alphabetic);
                match name {
                    _ if is_name => !functions::is_small(name),
                    operators::ADD
                    | operators::CONDITIONAL
                    | operators::INDEX
                    | operators::OPT_INDEX
                    | operators::OPT_SELECT => true,
                    _ => false,
                }
            }
            _ => true,
        }
    }
}

fn is_literal(node: &IdedExpr) -> bool {
    matches!(node.expr, Expr::Literal(_))
}

/// What a step adds to its list, or the condition for it: `result + [x]`, `condition ? result + [x] : result`.
fn added(step: &mut IdedExpr) -> Option<&mut IdedExpr> {
    let Expr::Call(call) = &mut step.expr else { return None };
    match (call.func_name.as_str(), call.args.as_mut_slice()) {
        (operators::CONDITIONAL, [condition, then, _]) => {
            let is_added = matches!(&then.expr, Expr::Call(call) if call.func_name == operators::ADD);
            is_added.then_some(condition)
        }
        (operators::ADD, [_, list]) => match &mut list.expr {
            Expr::List(list) => list.elements.first_mut(),
            _ => None,
        },
        _ => None,
    }
}

fn counted(cost: i64, node: IdedExpr) -> IdedExpr {
    let id = node.id;
    let cost = IdedExpr { id, expr: Expr::Literal(LiteralValue::Int(CelInt::from(cost))) };
    IdedExpr { id, expr: function(ROUND, vec![cost, node]) }
}

fn function(name: &str, args: Vec<IdedExpr>) -> Expr {
    Expr::Call(CallExpr { func_name: name.to_owned(), target: None, args })
}
