import { fireEvent, render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { attachmentOf, attachmentsIn } from "./attachments";
import { MediaPart } from "./MediaPart";
import { ValueView } from "./ValueView";

const TRACE = `tr-${"a".repeat(32)}`;
const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const reference = (number: number, type: string, size = 2048) =>
  `mlflow-attachment://${id(number)}?content_type=${encodeURIComponent(type)}&trace_id=${TRACE}&size=${size}`;
const address = (number: number, type: string) =>
  `/api/v1/traces/${TRACE}/attachments/${id(number)}?content_type=${encodeURIComponent(type)}`;

describe("a reference", () => {
  it("tells what the file is and where the server gives it", () => {
    expect(attachmentOf(reference(1, "image/png"))).toEqual({
      contentType: "image/png",
      sizeBytes: 2048,
      address: address(1, "image/png"),
    });
  });

  it.each([
    "https://a.example/picture.png",
    "mlflow-attachment://",
    `mlflow-attachment://../../secret?content_type=image%2Fpng&trace_id=${TRACE}`,
    `mlflow-attachment://${id(1)}?content_type=image%2Fpng&trace_id=../..&size=1`,
    `mlflow-attachment://${id(1)}`,
  ])("is nothing else: %j", (text) => expect(attachmentOf(text)).toBeNull());

  it("is found anywhere in a value, each once, also in JSON that is text", () => {
    const one = reference(1, "image/png");
    const two = reference(2, "audio/wav");
    const value = { a: [one, { b: one }], c: JSON.stringify({ d: two }), e: null, f: 5 };
    expect(attachmentsIn(value).map((each) => each.address)).toEqual([
      address(1, "image/png"),
      address(2, "audio/wav"),
    ]);
  });
});

describe("a file beside a trace", () => {
  it("is shown where it is a picture, played where it is sound, and fetched where it is anything else", () => {
    const { container } = render(
      <ValueView
        value={{ files: [reference(1, "image/png"), reference(2, "audio/wav"), reference(3, "application/pdf")] }}
      />,
    );
    expect([...container.querySelectorAll("img, audio")].map((one) => one.getAttribute("src"))).toEqual([
      address(1, "image/png"),
      address(2, "audio/wav"),
    ]);
    const link = screen.getByRole("link", { name: "application/pdf · 2.0 kB" });
    expect(link.getAttribute("href")).toBe(address(3, "application/pdf"));
    expect(link.hasAttribute("download")).toBe(true);
  });

  it.each(["image/svg+xml", "text/html", "application/xhtml+xml", "image/png,text/html"])(
    "is never shown in place where it could run: %s",
    (type) => {
      const { container } = render(<MediaPart kind="image" url={reference(1, type)} />);
      expect(container.querySelector("img, audio, video, iframe, embed, object")).toBeNull();
      expect(screen.getByRole("link").hasAttribute("download")).toBe(true);
    },
  );

  it("is shown where a message has it", () => {
    const { container } = render(<MediaPart kind="image" url={reference(1, "image/webp")} />);
    expect(container.querySelector("img")?.getAttribute("src")).toBe(address(1, "image/webp"));
  });

  it("that is not there is told to be missing", () => {
    const { container } = render(<MediaPart kind="image" url={reference(1, "image/png")} />);
    const picture = container.querySelector("img");
    expect(picture).not.toBeNull();
    if (picture) fireEvent.error(picture);
    expect(container.textContent).toContain("The server does not have this file");
  });
});
