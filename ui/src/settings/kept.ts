/** Settings that stay in this browser. */

/** Remember something in this browser. Where storage is forbidden it is forgotten with the page. */
export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // nothing to do: the setting holds for this page
  }
}

/** A list of texts that was remembered as JSON; none where there is something else. */
export function keptList(key: string): string[] {
  try {
    const found: unknown = JSON.parse(kept(key) ?? "[]");
    return Array.isArray(found) ? found.filter((each): each is string => typeof each === "string") : [];
  } catch {
    return [];
  }
}

export function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
