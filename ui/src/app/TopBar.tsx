import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { ChevronsUpDown, Keyboard, PanelLeft, Search, SunMoon } from "lucide-react";
import { useState } from "react";
import { experimentsQuery } from "@/api/experiments";
import { Button, IconButton } from "@/components/Button";
import { Keys } from "@/components/Keys";
import { Popover } from "@/components/Popover";
import { toggleTheme } from "@/settings/theme";
import { text } from "@/text";

interface TopBarProps {
  onRail: () => void;
  onPalette: () => void;
  onKeys: () => void;
}

export function TopBar({ onRail, onPalette, onKeys }: TopBarProps) {
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-line border-b px-2">
      <IconButton label={text.app.toggleRail} onClick={onRail}>
        <PanelLeft size={16} />
      </IconButton>
      <ExperimentSwitch />
      <div className="flex-1" />
      <Button look="plain" onClick={onPalette} icon={<Search size={14} aria-hidden />} className="text-muted">
        {text.app.openPalette}
        <Keys keys="$mod+k" />
      </Button>
      <IconButton label={text.app.toggleTheme} onClick={toggleTheme}>
        <SunMoon size={16} />
      </IconButton>
      <IconButton label={text.app.openHelp} onClick={onKeys}>
        <Keyboard size={16} />
      </IconButton>
    </div>
  );
}

/** The experiment that the pages are about, and the way to another. */
function ExperimentSwitch() {
  const { experimentId } = useParams({ strict: false });
  const { data: experiments = [] } = useQuery(experimentsQuery);
  const navigate = useNavigate();
  const [sought, setSought] = useState("");
  if (experimentId === undefined) return null;
  const shown = experiments.find((one) => one.experiment_id === experimentId)?.name ?? experimentId;
  const found = experiments.filter((one) => one.name.toLowerCase().includes(sought.toLowerCase()));
  return (
    <Popover
      label={text.nav.chooseExperiment}
      className="w-80 p-1"
      onOpenChange={(isOpen) => !isOpen && setSought("")}
      trigger={(properties) => (
        <Button look="quiet" className="max-w-96 font-medium" {...properties}>
          <span className="truncate">{shown}</span>
          <ChevronsUpDown size={13} className="text-faint" aria-hidden />
        </Button>
      )}
    >
      {(close) => (
        <>
          <input
            // biome-ignore lint/a11y/noAutofocus: who opens the list goes on by typing
            autoFocus
            aria-label={text.nav.findExperiment}
            placeholder={text.nav.findExperiment}
            value={sought}
            onChange={(event) => setSought(event.target.value)}
            className="mb-1 h-7 w-full rounded border border-line px-2"
          />
          {found.map((one) => (
            <button
              key={one.experiment_id}
              type="button"
              aria-current={one.experiment_id === experimentId}
              onClick={() => {
                close();
                void navigate({
                  to: "/experiments/$experimentId/traces",
                  params: { experimentId: one.experiment_id },
                });
              }}
              className="block w-full truncate rounded px-2 py-1 text-left hover:bg-bg-hover aria-[current=true]:bg-bg-selected"
            >
              {one.name}
            </button>
          ))}
        </>
      )}
    </Popover>
  );
}
