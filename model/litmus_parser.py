# SPDX-License-Identifier: GPL-2.0
"""Parse the C litmus tests that lkmm.py can check."""
import re

TOKEN = re.compile(r"\s*(\d+|\w+|==|!=|&&|\|\||/\\|\\/|<=|>=|[-+*&!(){};:,=<>])")
BINARY = [["||", "\\/"], ["&&", "/\\"], ["==", "!=", "="], ["<", ">", "<=", ">="],
          ["+", "-"]]


class Refused(Exception):
    """The test has something that this checker does not know."""


class Parser:
    def __init__(self, text):
        self.tokens = TOKEN.findall(text)
        if "".join(self.tokens) != re.sub(r"\s", "", text):
            raise Refused("a character that is not known")

    def peek(self):
        return self.tokens[0] if self.tokens else ""

    def take(self, *wanted):
        if not self.tokens or wanted and self.peek() not in wanted:
            raise Refused(f"{self.peek()!r} where {' or '.join(wanted)} is known")
        return self.tokens.pop(0)

    def expression(self, level=0):
        if level == len(BINARY):
            return self.unary()
        left = self.expression(level + 1)
        while self.peek() in BINARY[level]:
            sign = self.take()
            left = ("binary", sign, left, self.expression(level + 1))
        return left

    def unary(self):
        token = self.take()
        if token in ("!", "-"):
            return ("unary", token, self.unary())
        if token in ("*", "&"):
            return self.unary()
        if token == "(":
            inner = self.expression()
            self.take(")")
            return inner
        if token.isdigit() and self.peek() != ":":
            return ("number", int(token))
        if self.peek() == ":":
            self.take()
            return ("register", int(token), self.take())
        if self.peek() != "(":
            return ("name", token)
        return ("call", token, self.arguments())

    def arguments(self):
        args = []
        self.take("(")
        while self.peek() != ")":
            args.append(self.expression())
            if self.peek() == ",":
                self.take()
        self.take(")")
        return args

    def block(self):
        self.take("{")
        body = []
        while self.peek() != "}":
            body.append(self.statement())
        self.take("}")
        return body

    def branch(self):
        return self.block() if self.peek() == "{" else [self.statement()]

    def statement(self):
        if self.peek() == "int":
            self.take()
            self.take()
            self.take(";")
            return ("nothing",)
        if self.peek() == "if":
            self.take()
            self.take("(")
            condition = self.expression()
            self.take(")")
            yes = self.branch()
            if self.peek() == "else":
                self.take()
                return ("if", condition, yes, self.branch())
            return ("if", condition, yes, [])
        if self.tokens[1:2] == ["="]:
            target = self.take()
            self.take("=")
            value = self.expression()
        else:
            target, value = None, self.expression()
        self.take(";")
        return ("do", target, value)


def parse(text):
    """A test: its name, expected result, initial values, threads, condition."""
    result = re.search(r"Result: (\w+)", text)
    text = re.sub(r"\(\*\s.*?\*\)|/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
    text = re.sub(r"\blocations\s*\[[^]]*\]", "", text)
    head = re.match(r"\s*C\s+(\S+)\s*\{(.*?)\}", text, re.S)
    where = re.search(r"\bexists\s*(\(.*\))\s*$", text, re.S)
    if not head or not where:
        raise Refused("not the shape of a C litmus test")
    init = {}
    for item in filter(None, map(str.strip, head.group(2).split(";"))):
        m = re.fullmatch(r"(?:int\s+|atomic_t\s+)?(\w+)\s*=\s*(-?\d+)", item)
        if not m:
            raise Refused(f"initial value {item!r}")
        init[m.group(1)] = int(m.group(2))
    threads = []
    for m in re.finditer(r"\bP(\d+)\s*\(([^)]*)\)\s*(?=\{)", text):
        threads.append(Parser(text[m.end():where.start()].split("\nP")[0]).block())
    return {"name": head.group(1), "result": result.group(1) if result else "?",
            "init": init, "threads": threads,
            "condition": Parser(where.group(1)).expression()}
