; Inno Setup 6: an installer for one person, without administrator rights, of the folder that PyInstaller made on Windows.
;   iscc packaging\windows\ringfence.iss
; Not built by CI, which has no Windows; tests/packaging reads it as data.

#define Name "Ringfence"
#define Version "0.1.0"
#define Id "io.github.ringfence.Ringfence"
#define Program "ringfence-tray.exe"

[Setup]
AppId={#Id}
AppName={#Name}
AppVersion={#Version}
AppPublisher=The Ringfence authors
DefaultDirName={autopf}\{#Name}
DefaultGroupName={#Name}
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile=..\..\LICENSE
SetupIconFile=..\..\build\packages\made\ringfence.ico
UninstallDisplayIcon={app}\{#Program}
OutputDir=..\..\dist
OutputBaseFilename=ringfence-{#Version}-setup
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
CloseApplications=yes
RestartApplications=no
ChangesEnvironment=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"
Name: "fr"; MessagesFile: "compiler:Languages\French.isl"
Name: "es"; MessagesFile: "compiler:Languages\Spanish.isl"
Name: "ja"; MessagesFile: "compiler:Languages\Japanese.isl"

[Tasks]
Name: "autostart"; Description: "Start {#Name} when I sign in"; Flags: unchecked
Name: "path"; Description: "Add the ringfence command to my PATH"; Flags: unchecked

[Files]
Source: "..\..\build\packages\bundle\ringfence\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
; Windows shows toasts under the name and icon of a shortcut that has an AppUserModelID.
Name: "{autoprograms}\{#Name}"; Filename: "{app}\{#Program}"; Parameters: "--window"; AppUserModelID: "{#Id}"

[Registry]
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: string; ValueName: "{#Name}"; ValueData: """{app}\{#Program}"" --background"; Flags: uninsdeletevalue; Tasks: autostart
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: NotOnPath

[Run]
Filename: "{app}\{#Program}"; Parameters: "--window"; Description: "{cm:LaunchProgram,{#Name}}"; Flags: nowait postinstall skipifsilent

[Code]
function NotOnPath(): Boolean;
var
  Path: string;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Path) then
    Path := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Path) + ';') = 0;
end;
