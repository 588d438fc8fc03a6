// SPDX-License-Identifier: GPL-2.0-only
/** Making elements: text is always text, never markup. */

type Child = Node | string | null;
type Attributes = { readonly [name: string]: string | number | boolean | null };

/** An element with attributes (true: present, false and null: absent) and children (null: none). */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  attribute(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The same for SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  attribute(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function attribute(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** A button that does something. */
export function button(
  attributes: Attributes,
  press: () => void,
  ...children: readonly Child[]
): HTMLButtonElement {
  const element = h("button", { type: "button", ...attributes }, ...children);
  element.addEventListener("click", press);
  return element;
}

/** One tab stop for a group of elements; the arrow keys go from one to the next. */
export function rove(group: HTMLElement, selector: string): void {
  const items = (): HTMLElement[] => [...group.querySelectorAll<HTMLElement>(selector)];
  items().forEach((item, i) => {
    item.tabIndex = i === 0 ? 0 : -1;
  });
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const list = items();
    const at = list.indexOf(document.activeElement as HTMLElement);
    const next = step === undefined ? undefined : list[at + step];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    for (const item of list) item.tabIndex = item === next ? 0 : -1;
    next.focus();
  });
}
