/** Markdown as elements. Loaded when first needed; `Markdown` is what others use. */
import type { Element, Nodes, Parents, Root, Text } from "hast";
import { type ComponentProps, type ReactNode, useMemo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { CopyButton } from "./CopyButton";
import { MediaPart } from "./MediaPart";
import { SafeLink } from "./SafeLink";
import { piecesOf, shownText } from "./shownText";

const COMPONENTS: Components = {
  a: ({ href = "", children }) => <SafeLink address={href}>{plainChild(children)}</SafeLink>,
  img: ({ src, alt }) => <MediaPart kind="image" url={typeof src === "string" ? src : null} name={alt} />,
  pre: ({ node, children }) => (
    <div className="group/code relative">
      <pre className="overflow-x-auto rounded bg-bg-sunken p-2 font-mono text-sm">{children}</pre>
      <CopyButton
        text={() => (node === undefined ? "" : textWithin(node))}
        className="absolute top-1 right-1 opacity-0 focus-visible:opacity-100 group-hover/code:opacity-100"
      />
    </div>
  ),
  code: (properties) => (
    <code className="rounded bg-bg-sunken px-0.5 font-mono text-sm">
      {(properties as ComponentProps<"code">).children}
    </code>
  ),
  table: ({ children }) => (
    <div className="overflow-x-auto">
      <table className="border-collapse [&_td]:border [&_td]:border-line [&_td]:px-2 [&_td]:py-0.5 [&_th]:border [&_th]:border-line [&_th]:px-2 [&_th]:py-0.5 [&_th]:text-left">
        {children}
      </table>
    </div>
  ),
  h1: ({ children }) => <h4 className="font-semibold text-lg">{children}</h4>,
  h2: ({ children }) => <h4 className="font-semibold text-lg">{children}</h4>,
  h3: ({ children }) => <h5 className="font-semibold">{children}</h5>,
  h4: ({ children }) => <h5 className="font-semibold">{children}</h5>,
  h5: ({ children }) => <h6 className="font-semibold">{children}</h6>,
  h6: ({ children }) => <h6 className="font-semibold">{children}</h6>,
};

export default function MarkdownBody({ text, find }: { text: string; find: string }) {
  const rehype = useMemo(() => [[marking, find] as [typeof marking, string]], [find]);
  return (
    <div className="min-w-0 space-y-2 break-words [&_blockquote]:border-line-strong [&_blockquote]:border-l-2 [&_blockquote]:pl-3 [&_blockquote]:text-muted [&_hr]:border-line [&_li]:my-0.5 [&_ol]:list-decimal [&_ol]:pl-6 [&_ul]:list-disc [&_ul]:pl-5">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={rehype}
        components={COMPONENTS}
        urlTransform={(address) => address /* SafeLink and MediaPart decide what is followed and shown */}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}

/** A link's only word, as text, so that an address that names itself is not shown twice. */
function plainChild(children: ReactNode): ReactNode {
  return Array.isArray(children) && children.length === 1 ? children[0] : children;
}

/** Marks what is looked for, and makes visible what turns text around. */
function marking(find: string) {
  return (root: Root) => markWithin(root, find);
}

function markWithin(parent: Parents, find: string) {
  const children: Nodes[] = [];
  for (const child of parent.children) {
    if (child.type === "text") children.push(...piecesOf(shownText(child.value), find).map(marked));
    else children.push(child);
    if ("children" in child) markWithin(child, find);
  }
  parent.children = children as typeof parent.children;
}

function marked({ text, isFound }: { text: string; isFound: boolean }): Element | Text {
  const words: Text = { type: "text", value: text };
  return isFound ? { type: "element", tagName: "mark", properties: {}, children: [words] } : words;
}

function textWithin(node: Nodes): string {
  if (node.type === "text") return node.value;
  return "children" in node ? node.children.map(textWithin).join("") : "";
}
