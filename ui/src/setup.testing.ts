/** What every file of tests begins with: the page is one for all of them. */
import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);
