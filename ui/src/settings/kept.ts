/** Settings that stay in this browser. */

/** Remember something in this browser. Where storage is forbidden it is forgotten with the page. */
export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // nothing to do: the setting holds for this page
  }
}

export function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
