<#
.SYNOPSIS
Installs mm, the Model Manager, for one person on Windows: no administrator, one file, and its folder in PATH.

.DESCRIPTION
  irm ADDRESS/install.ps1 | iex

Variables: MM_INSTALL      the folder for the program   (else %LOCALAPPDATA%\Programs\mm)
           MM_VERSION      the version                  (else the newest)
           MM_INSTALL_FROM the address of the releases  (else where this script was released)

What is downloaded has to have the SHA-256 of the release's SHA256SUMS; until it has, nothing is changed.
Everything is in a function, and called in the last line: a script that was cut short does nothing.
#>

function Install-ModelManager {
  $ErrorActionPreference = 'Stop'
  # Its bar makes downloads many times slower.
  $ProgressPreference = 'SilentlyContinue'
  # The release workflow writes the address of its own releases here.
  $releases = ''

  function Stop-With([string] $Message, [string] $Hint) {
    throw "$Message`n`nhint: $Hint"
  }

  $from = if ($env:MM_INSTALL_FROM) { $env:MM_INSTALL_FROM.TrimEnd('/') } else { $releases }
  if (-not $from) {
    Stop-With 'This copy of the script does not know where the releases are' 'Name the address: $env:MM_INSTALL_FROM = "https://..."'
  }
  if ($from -notmatch '^(https://|http://(127\.0\.0\.1|localhost):)') {
    Stop-With "Releases are fetched by https only, not from `"$from`"" 'Give an address that begins with https://'
  }
  $version = if ($env:MM_VERSION) { $env:MM_VERSION -replace '^v', '' } else { '' }
  if ($version -notmatch '^[0-9A-Za-z.+-]*$') {
    Stop-With "`"$version`" is no version: wanted one such as 0.1.0" "See them all: $from"
  }
  # 32-bit shells on 64-bit machines tell the machine in the second one. Windows on ARM runs the same binary.
  $machine = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else { $env:PROCESSOR_ARCHITECTURE }
  if ($machine -notin @('AMD64', 'ARM64')) {
    Stop-With "There is no binary for this processor: $machine" 'With Deno it runs from its source: deno run -A jsr:@model-manager/mm'
  }
  $binary = 'mm-x86_64-pc-windows-msvc.exe'
  $folder = if ($env:MM_INSTALL) { $env:MM_INSTALL } else { Join-Path $env:LOCALAPPDATA 'Programs\mm' }
  $folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($folder)

  $installed = Join-Path $folder 'mm.exe'
  if (Test-Path -PathType Container $installed) {
    Stop-With "`"$installed`" is a folder, and the program is to have that name" 'Move it away, or name another folder: $env:MM_INSTALL = "DIR"'
  }

  # Older PowerShells begin with older protocols.
  [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
  $address = if ($version) { "$from/download/v$version" } else { "$from/latest/download" }
  try {
    New-Item -ItemType Directory -Force -Path $folder | Out-Null
    # In the same folder, so that the last step is a rename.
    $room = Join-Path $folder ('.mm-install.' + [Guid]::NewGuid().ToString('N'))
    New-Item -ItemType Directory -Path $room | Out-Null
  } catch {
    Stop-With "Cannot write to `"$folder`": $($_.Exception.Message)" 'Name another folder: $env:MM_INSTALL = "DIR"'
  }
  try {
    Write-Host "Downloading $address/$binary"
    $sums = Join-Path $room 'SHA256SUMS'
    $program = Join-Path $room 'mm.exe'
    try {
      Invoke-WebRequest -UseBasicParsing -Uri "$address/SHA256SUMS" -OutFile $sums
    } catch {
      Stop-With "Cannot download `"$address/SHA256SUMS`": $($_.Exception.Message)" "Check the version and the network, and try again; all of them: $from"
    }
    $line = Get-Content $sums | Where-Object { ($_ -split '\s+\*?', 2)[1] -eq $binary } | Select-Object -First 1
    if (-not $line) { Stop-With "The release has no `"$binary`"" "See what it has: $from" }
    $wanted = ($line -split '\s+', 2)[0]
    try {
      Invoke-WebRequest -UseBasicParsing -Uri "$address/$binary" -OutFile $program
    } catch {
      Stop-With "Cannot download `"$address/$binary`": $($_.Exception.Message)" 'Try again'
    }
    $found = (Get-FileHash -Algorithm SHA256 -Path $program).Hash
    if ($found -ne $wanted) {
      Stop-With "The download is damaged: its SHA-256 is $found, and has to be $wanted" 'Nothing was installed. Try again; when it stays, something between here and there changes files'
    }
    $answer = & $program --version
    if ($LASTEXITCODE -ne 0) {
      Stop-With "The program does not start on this machine: $answer" 'Nothing was installed. With Deno it runs from its source: deno run -A jsr:@model-manager/mm'
    }
    # One that runs, such as the daemon, can be renamed but not replaced.
    $replaced = Test-Path $installed
    if ($replaced) {
      Get-ChildItem -Path $folder -Filter 'mm.exe.old*' | Remove-Item -Force -ErrorAction SilentlyContinue
      Move-Item -Force -Path $installed -Destination ("$installed.old" + [Guid]::NewGuid().ToString('N'))
    }
    Move-Item -Force -Path $program -Destination $installed
  } finally {
    Remove-Item -Recurse -Force -Path $room -ErrorAction SilentlyContinue
  }
  Write-Host "Installed $answer as $installed"
  if ($replaced) { Write-Host 'A daemon that runs is the old program until you type: mm restart' }

  $personal = [Environment]::GetEnvironmentVariable('Path', 'User')
  if (($personal -split ';') -notcontains $folder) {
    $all = (@($personal -split ';') + $folder | Where-Object { $_ }) -join ';'
    [Environment]::SetEnvironmentVariable('Path', $all, 'User')
    $env:Path = "$env:Path;$folder"
    Write-Host "$folder is in PATH now, also for new terminals"
  }
  Write-Host ''
  Write-Host 'Begin with: mm --help    Completions: mm completions --help'
  Write-Host "Remove it:  Remove-Item `"$installed`"    (models, settings and history stay)"
}

Install-ModelManager
