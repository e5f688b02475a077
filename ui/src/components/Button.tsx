import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

type Look = "plain" | "primary" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  plain: "border border-line bg-bg-raised hover:bg-bg-hover",
  primary: "border border-accent bg-accent text-on-accent hover:bg-accent-strong",
  quiet: "border border-transparent hover:bg-bg-hover",
  danger: "border border-line bg-bg-raised text-error hover:bg-error-soft",
};

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  /** Whether what it switches is on. */
  pressed?: boolean;
  icon?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

/** A button with a text. */
export function Button({ look = "plain", pressed, icon, className = "", children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      className={`inline-flex h-7 shrink-0 items-center gap-1.5 rounded px-2.5 whitespace-nowrap disabled:opacity-50 aria-pressed:bg-bg-selected ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {icon}
      {children}
    </button>
  );
}

/** A button that is an icon: `label` is what it is called. */
export function IconButton({
  label,
  look = "quiet",
  pressed,
  className = "",
  children,
  ...rest
}: ButtonProps & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      className={`inline-flex size-7 shrink-0 items-center justify-center rounded text-muted hover:text-ink disabled:opacity-50 aria-pressed:bg-bg-selected ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
