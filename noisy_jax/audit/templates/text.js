"use strict";

// What the page knows; the examples are known by their place in its lists.
const data = JSON.parse(document.getElementById("data").textContent);
const size = data.ids.length;

const byId = (id) => document.getElementById(id);
const count = (number) => number.toLocaleString("en");
const score = (number) => String(Number(number.toPrecision(4)));

// A name as a reader sees it: bytes that are not text, and signs that would break the line
// or turn it round, as Python escapes them.
function shown(name) {
  const hidden = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Cs}]/gu;
  const signs = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const escaped = (sign) => "\\u" + sign.charCodeAt(0).toString(16).padStart(4, "0");
  return name.replace(hidden, (sign) => signs[sign] ?? escaped(sign));
}

const className = (label) => shown(data.class_names[label]);

// An element with attributes and children; texts stay texts.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function makeSvg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  return element;
}
