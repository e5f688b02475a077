import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Markdown } from "./Markdown";
import { MediaPart } from "./MediaPart";
import { MessageCard } from "./MessageCard";
import { PlainText } from "./PlainText";
import { isSafeAddress } from "./SafeLink";

const drawn = async (text: string, find = "") => {
  const { container } = render(<Markdown text={text} find={find} />);
  await waitFor(() => expect(container.querySelector("p")).not.toBeNull());
  return container;
};

describe("Markdown of a trace", () => {
  it("is never HTML", async () => {
    const container = await drawn("<script>window.x = 1</script>\n\n<img src=x onerror=alert(1)> <b onclick=x>hi</b>");
    expect(container.querySelector("script, img, b, iframe")).toBeNull();
    expect(container.textContent).toContain("<script>window.x = 1</script>");
  });

  it("fetches no picture, but tells its address", async () => {
    const container = await drawn("![look](http://evil.example/p.png?secret=1) ![](//evil.example/q.png)");
    expect(container.querySelector("img")).toBeNull();
    expect(screen.getByRole("link").getAttribute("href")).toBe("http://evil.example/p.png?secret=1");
    expect(container.textContent).toContain("http://evil.example/p.png?secret=1");
  });

  it("follows only whole addresses of the web and of mail, and tells where they lead", async () => {
    const container = await drawn(
      "[a](javascript:alert(1)) [b](/api/v1/traces) [c](data:text/html,x) [d](vbscript:x) [your bank](https://evil.example/login)",
    );
    const links = screen.getAllByRole("link");
    expect(links.map((link) => link.getAttribute("href"))).toEqual(["https://evil.example/login"]);
    expect(links[0]?.getAttribute("rel")).toBe("noopener noreferrer nofollow");
    expect(container.textContent).toContain("your bank (https://evil.example/login)");
    expect(container.textContent).toContain("a (javascript:alert(1))");
  });

  it("shows controls that turn letters around", async () => {
    const container = await drawn("invoice\u202Efdp.exe");
    expect(container.textContent).toContain("invoice‹U+202E›fdp.exe");
  });

  it("marks what is looked for, also within what is bold", async () => {
    const container = await drawn("a Parcel and **another parcel**", "parcel");
    expect([...container.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["Parcel", "parcel"]);
  });

  it("that is long is cut until all is asked for", async () => {
    const text = Array.from({ length: 2_000 }, (_, at) => `line ${at} of many\n`).join("\n");
    const container = await drawn(text);
    expect(container.textContent).not.toContain("line 1999 of many");
    fireEvent.click(screen.getByRole("button", { name: /Show all/ }));
    expect(container.textContent).toContain("line 1999 of many");
  });
});

describe("text", () => {
  it("of any length draws few letters", () => {
    const { container } = render(<PlainText text={"x".repeat(5_000_000)} />);
    expect(container.textContent?.length).toBeLessThan(10_000);
  });

  it.each([
    ["https://a.example", true],
    ["mailto:a@b.example", true],
    ["javascript:alert(1)", false],
    [" java\nscript:alert(1)", false],
    ["//evil.example", false],
    ["/traces", false],
    ["file:///etc/passwd", false],
  ])("leads to %j: %s", (address, isSafe) => expect(isSafeAddress(address)).toBe(isSafe));
});

describe("media", () => {
  it("is shown only where it stands in the trace, and only pictures of pixels", () => {
    const { container } = render(
      <>
        <MediaPart kind="image" url="data:image/png;base64,AAAA" />
        <MediaPart kind="image" url="data:image/svg+xml;base64,AAAA" />
        <MediaPart kind="image" url="https://evil.example/p.png" />
        <MediaPart kind="audio" url="data:audio/wav;base64,AAAA" />
      </>,
    );
    expect(
      [...container.querySelectorAll("img, audio, video, iframe, embed, object")].map((one) => one.getAttribute("src")),
    ).toEqual(["data:image/png;base64,AAAA"]);
    expect(container.textContent).toContain("https://evil.example/p.png");
    expect(container.textContent).toContain("audio/wav · 3 B");
  });
});

describe("a message", () => {
  const message = (role: "system" | "user" | "assistant", parts: Record<string, unknown>[]) => ({
    role,
    parts,
    name: null,
    finish_reason: null,
  });

  it("of the system begins folded, and opens", () => {
    render(<MessageCard message={message("system", [{ type: "text", text: "Be kind.\n\nBe brief." }])} />);
    const button = screen.getByRole("button", { name: "System" });
    expect(button.getAttribute("aria-expanded")).toBe("false");
    fireEvent.click(button);
    expect(button.getAttribute("aria-expanded")).toBe("true");
  });

  it("shows controls that turn letters around, in names and previews too", () => {
    const said = { ...message("system", [{ type: "text", text: "a\u202Eb" }]), name: "c\u202Ed" };
    const parts = [{ type: "tool_call", name: "e\u202Ef", arguments: { g: "h\u202Ei" } }];
    const { container } = render(
      <>
        <MessageCard message={said} />
        <MessageCard message={message("assistant", parts)} />
      </>,
    );
    for (const words of ["a‹U+202E›b", "c‹U+202E›d", "e‹U+202E›f", "h‹U+202E›i"]) {
      expect(container.textContent).toContain(words);
    }
  });

  it("shows parts that nobody knows as they came", () => {
    const { container } = render(
      <MessageCard
        message={message("user", [{ type: "hologram", depth: 3 }, { type: "other", value: { a: "b" } }, {}])}
      />,
    );
    expect(container.textContent).toContain("hologram");
    expect(container.textContent).toContain('"b"');
  });
});
