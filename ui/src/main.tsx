import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { addressOfHash } from "@/address/oldLinks";
import { queryClient } from "@/api/queryClient";
import { router } from "@/app/router";
import "./styles.css";

const address = addressOfHash(location.hash);
if (address !== null) history.replaceState(null, "", address);
addEventListener("hashchange", () => {
  const next = addressOfHash(location.hash);
  if (next !== null) router.history.replace(next);
});

const SETTLED_MS = 10_000;

// The server was replaced, and with it the parts of the page that are loaded late: the new page has them.
addEventListener("vite:preloadError", (event) => {
  if (performance.now() < SETTLED_MS) return; // this is the new page, and would load itself for ever
  event.preventDefault();
  location.reload();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
