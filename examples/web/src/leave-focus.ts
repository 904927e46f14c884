/** Who presses what then goes away is led on: otherwise the focus would be at the page's beginning. */
export function leaveFocus(from: Element, to: HTMLElement): void {
  if (from.contains(document.activeElement)) to.focus();
}
